"""Traces in LangSmith and as OpenTelemetry spans."""
