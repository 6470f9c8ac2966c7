"""MXNet Gluon: the adapter and its declared divergences."""
