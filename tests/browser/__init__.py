"""The guide in a real browser: what a reader can do, at any width, in either theme, without a network."""
