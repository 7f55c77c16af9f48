"""What people who run the house do from a terminal: the command `samverkan`. No service imports any of it."""
