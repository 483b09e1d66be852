"""Courses made by workers on many machines: jobs of Procrastinate in the PostgreSQL database of the store."""
