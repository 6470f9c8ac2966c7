"""Trained weights carried between the real frameworks."""
