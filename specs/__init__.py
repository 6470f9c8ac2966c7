"""What must hold, and how it is judged: networks, programs, traces, laws. Neither names nor imports a framework."""

#: The version of the whole project.
__version__ = "0.1.0"
