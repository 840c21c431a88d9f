"""Questions that the team answers again and again: their file, and who asks one of them."""
