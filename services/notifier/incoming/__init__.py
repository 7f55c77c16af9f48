"""What comes back by mail, put into a folder or posted to us: delivery reports, and what calendars answer."""
