"""Running laws with pytest: all adapters in lockstep, the test of a law, and the report at the end."""
