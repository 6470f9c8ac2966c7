"""What must hold, and how it is judged: networks, programs, traces, laws. Names no framework, imports none."""

#: Of the whole project.
__version__ = "0.1.0"
