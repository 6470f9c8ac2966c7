"""What lets pytest run laws: the lockstep of adapters, the shape of a law's test, the report at the end."""
