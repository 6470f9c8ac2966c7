"""A module that cannot be imported, as a framework's where its libraries are missing."""

raise OSError("no device\nwas found")
