"""PyTorch: the adapter and its declared divergences."""
