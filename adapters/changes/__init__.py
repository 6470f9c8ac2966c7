"""When a framework's answers to laws changed: measurements on its versions, and the changes between them."""
