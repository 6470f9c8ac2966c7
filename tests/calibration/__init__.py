"""Measures how reliable verdicts on random draws are: false alarms and power of the judge."""
