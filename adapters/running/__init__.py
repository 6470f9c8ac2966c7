"""Running a program with an adapter gives a trace: the results of its operations in canonical form."""
