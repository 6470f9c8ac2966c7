"""The tests of laws, by chapter: each line judges every adapter of the run by one law."""
