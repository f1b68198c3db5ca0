"""The edge to Asterisk: one connection, its events as domain events, its actions as typed verbs."""
