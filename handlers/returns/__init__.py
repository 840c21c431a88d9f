"""Returns and complaints: what may come back, what goes back for it, and how it is asked."""
