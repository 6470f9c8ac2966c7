"""Tests that carry trained weights between the real frameworks."""
