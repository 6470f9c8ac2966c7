"""The claims of the source chapters, each with a program of its chapter's sizes, judged on installed versions."""
