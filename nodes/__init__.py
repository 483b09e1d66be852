"""The steps of a run, one a file: a narrow input and services in, an update of the state out."""
