"""Hearing: what a leg's early media says of the number.

Sound is cut into spectra (`frames`). From them `rhythm` hears the tones of a network's plan (`tones`), and `following`
the known announcements (`fingerprints`) by their `shapes`, once what was heard is `telling`. An `ear` does both for one
leg.
"""
