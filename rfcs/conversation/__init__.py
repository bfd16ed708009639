"""What people say about an RFC: threads, mentions, watching."""
