"""What can be asked: networks, initializers, operations, programs, and their JSON."""
