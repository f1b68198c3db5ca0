"""The rules of the house, pure: no I/O, no clock, no randomness, no logging; `now` is always handed in."""
