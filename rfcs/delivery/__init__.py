"""What people are told: the outbox and everybody's wishes about it."""
