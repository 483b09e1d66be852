"""The ways in: command line, progress, files, report and page."""
