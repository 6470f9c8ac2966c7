"""PyTorch: its phrase book, and where it differs."""
