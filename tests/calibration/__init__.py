"""How far the verdict on random draws can be trusted: false alarms and power of the judge, measured."""
