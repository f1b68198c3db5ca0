"""Redis: the floor as it is now. Who is free, which trunk has room, who runs a campaign."""
