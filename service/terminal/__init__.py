"""What a person sees who works in a terminal: results, lists, and the review."""
