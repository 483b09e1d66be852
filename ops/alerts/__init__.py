"""The strategy's alerts: as rules for Prometheus, and evaluated over the history by the program itself."""
