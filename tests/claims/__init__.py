"""What the source chapters claim: each claim a program of its chapter's own sizes, judged on the versions that run."""
