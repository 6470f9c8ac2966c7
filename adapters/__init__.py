"""How each framework does it: one adapter per framework, written as that framework's users would write it."""
