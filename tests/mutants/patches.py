"""How a bug is put into an installed framework: one of its functions, wrapped for as long as a context lasts."""

from __future__ import annotations

import contextlib
import functools
from contextlib import AbstractContextManager
from typing import Any, Callable, Iterator
from unittest import mock

#: What a mutant returns: inside of it the bug is there.
Planted = AbstractContextManager


def around(owner: Any, name: str, changed: Callable[..., Any]) -> Planted:
    """Calls of a function of ``owner`` go to ``changed``, which is given the function itself before all else."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapper(*given: Any, **named: Any) -> Any:
        return changed(original, *given, **named)

    return mock.patch.object(owner, name, wrapper)


def instead(owner: Any, name: str, value: Any) -> Planted:
    """``owner`` has this attribute in place of its own, or of none."""
    return mock.patch.object(owner, name, value, create=True)


@contextlib.contextmanager
def together(*planted: Planted) -> Iterator[None]:
    """Several changes that make up one bug."""
    with contextlib.ExitStack() as stack:
        for one in planted:
            stack.enter_context(one)
        yield
