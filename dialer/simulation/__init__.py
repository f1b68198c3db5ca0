"""A simulated call centre on a virtual clock: what paces the real one, or would, is tried here first."""
