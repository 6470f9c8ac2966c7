"""A cache of traces, limited in size, for later laws that use the same programs."""

from __future__ import annotations

from typing import Dict, Mapping

from specs.traces import Trace

#: The maximum number of programs whose traces are kept, and of bytes, approximately.
PROGRAMS, BYTES = 1000, 2**28


class Kept:
    """The traces of the most recent programs, by adapter."""

    def __init__(self) -> None:
        self.traces: Dict[str, Dict[str, Trace]] = {}
        self.bytes = 0

    def of(self, program: str) -> Mapping[str, Trace]:
        return self.traces.get(program, {})

    def keep(self, program: str, traces: Mapping[str, Trace]) -> None:
        """Store the traces of a program, replacing earlier ones, and drop the oldest of other programs."""
        self._drop(program)
        self.traces[program] = dict(traces)
        self.bytes += self._size(program)
        while len(self.traces) > 1 and (len(self.traces) > PROGRAMS or self.bytes > BYTES):
            self._drop(next(iter(self.traces)))

    def _drop(self, program: str) -> None:
        if program in self.traces:
            self.bytes -= self._size(program)
            del self.traces[program]

    def _size(self, program: str) -> int:
        return sum(trace.size for trace in self.traces[program].values())
