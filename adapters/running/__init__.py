"""A program becomes a trace: operations carried out with an adapter, and what they showed, in canonical form."""
