"""The sound: captured by Asterisk, stored, measured and indexed here. The files themselves live in the data folder."""
