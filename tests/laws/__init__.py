"""The laws, by chapter: each line holds every adapter of the run to one law."""
