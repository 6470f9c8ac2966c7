"""The newest releases of the frameworks, held to what the pinned ones answer."""
