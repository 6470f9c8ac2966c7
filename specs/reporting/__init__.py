"""What a run found, as a report, and as the tables of README.md and docs/."""
