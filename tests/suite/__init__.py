"""Tests of the suite itself: that it reads, runs, judges and reports correctly, and that each check can fail."""
