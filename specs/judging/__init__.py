"""How what was seen is judged: rounding bounds, distributions of draws, and the verdict on a law."""
