"""When a framework's answer to a law changed: what was measured on its versions, and the changes between these."""
