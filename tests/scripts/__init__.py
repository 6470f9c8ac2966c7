"""Scripts, run on the real frameworks: each prints what the trace of its program holds."""
