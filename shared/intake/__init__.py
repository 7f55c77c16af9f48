"""What reads an agency's message: the envelope, strict JSON, and every fault with its text."""
