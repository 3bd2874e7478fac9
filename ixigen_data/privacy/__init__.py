"""Personal data: found, and masked, faked or dropped."""
