"""Earlier versions of the frameworks beside today's, each in an environment of its own."""
