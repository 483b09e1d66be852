"""The dashboard for Grafana, made from tables of panels."""
