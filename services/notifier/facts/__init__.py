"""What letters are written from: closed facts, and what events they come of. Nothing here holds free text."""
