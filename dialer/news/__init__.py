"""MQTT: the news. Past-tense events out to screens and other systems, a few commands in."""
