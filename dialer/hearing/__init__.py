"""Hearing: what a leg's early media says of the number, told from tones and known announcements."""
