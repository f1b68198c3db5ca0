"""Interactive voice response: flows as data, the machine that walks them, and the FastAGI server that speaks."""
