"""The laws as Hypothesis tests, by chapter, and the tests of the suite itself."""
