"""Metrics for Prometheus and OTLP, from one table."""
