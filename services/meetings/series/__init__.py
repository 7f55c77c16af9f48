"""When a series meets, and calling each of its meetings in time."""
