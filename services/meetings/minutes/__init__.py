"""What meetings decided, and whether it was done."""
