"""The parameters of constructors: the text of this file is run in the framework's interpreter and prints them."""

import inspect
import json
import typing
from typing import Any, Dict, List


def parameters(found: type) -> List[inspect.Parameter]:
    """A constructor's parameters: those of its first overload, or of its base class if it only passes arguments on."""
    for owner in found.__mro__[:-1]:
        if "__init__" in vars(owner):
            constructor: Any = vars(owner)["__init__"]
            overloads: Any = getattr(typing, "get_overloads", lambda _: [])  # Python 3.11 and later
            _, *parameters = inspect.signature([*overloads(constructor), constructor][0]).parameters.values()
            if not {"args", "kwargs"} <= {one.name for one in parameters}:
                return parameters
    return []


def said(one: inspect.Parameter) -> str:
    """A parameter with its default; the default's type if its value would mean nothing to a reader."""
    if one.default is one.empty:
        return str(one.replace(annotation=one.empty))
    known = one.default is None or isinstance(one.default, (bool, int, float, str, tuple))
    return f"{one.name}={one.default!r}" if known else f"{one.name}={type(one.default).__name__}"


def tell(classes: Dict[str, type]) -> None:
    for name, found in classes.items():
        print(json.dumps([name, [said(one) for one in parameters(found)]]))
