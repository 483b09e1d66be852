"""Every decision as one JSON line."""
