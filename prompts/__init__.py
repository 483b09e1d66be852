"""The words for the models: Markdown templates, and the code that fills and fingerprints them."""
