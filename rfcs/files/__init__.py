"""What people attach: checked, stored by content, claimed and cleared."""
