"""Live models, by framework: a module is imported where its framework is."""
