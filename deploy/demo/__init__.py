"""The demo: one story told by real processes, checked to the last message."""
