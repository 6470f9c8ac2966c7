"""Answers shared by several laws."""

from specs.traces import OUTCOMES

YES_NO = {"yes": "it is so everywhere", "no": "it is otherwise somewhere"}
AS_EXPECTED = {"as expected": "exactly that", "otherwise": "something else"}
RAISES = {kind: text for kind, text in OUTCOMES.items() if kind not in ("not_run", "failed")}


def yes(condition: bool) -> str:
    return "yes" if condition else "no"
