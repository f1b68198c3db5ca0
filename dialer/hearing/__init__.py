"""Hearing: what a leg's early media says of the number, and who answers.

Sound is cut into spectra (`frames`). From them `rhythm` hears the tones of a network's plan (`tones`), and `following`
the known announcements (`fingerprints`) by their `shapes`, once what was heard is `telling`. An `ear` does both for one
leg. After the answer a `greeting` tells a person from a machine, by `voice` and beep.
"""
