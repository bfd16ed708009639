"""What emergencies and hotfixes owe: due times, the rows, and the verbs that pay."""
