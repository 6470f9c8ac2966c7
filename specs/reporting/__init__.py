"""The results of a run, as a report and as the tables of README.md and docs/."""
