"""Figures of runs and calls in the store, and what they come to by day, week and model."""
