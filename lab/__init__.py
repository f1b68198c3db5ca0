"""A whole call centre on one machine: real parts, a simulated telephone network, agents with headless phones."""
