"""What must hold, and how it is judged: networks, programs, traces, laws. Names no framework, imports none."""
