"""The suite's own tests: that it reads, runs, judges and reports as it says, and that each of its checks can fail."""
