"""How each framework does it: one file a framework, written as that framework's users write."""
