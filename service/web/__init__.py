"""The review page: plain HTML for a person who decides on what was flagged. It needs no build step."""
