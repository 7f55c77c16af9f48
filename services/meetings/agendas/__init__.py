"""What each agency sees before a meeting: only what it may be told of at that moment."""
