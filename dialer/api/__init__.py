"""HTTP for the consoles and for other systems; one file per group of users."""
