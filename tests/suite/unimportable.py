"""A module whose import fails, like that of a framework with missing libraries."""

raise OSError("no device\nwas found")
