"""Layer kinds, one file each, and the arithmetic that they are written in."""
