"""When a recurring meeting is held: a rule of RFC 5545 on the wall clock, red days minded."""
