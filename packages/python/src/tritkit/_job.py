"""A job from its options to its result: step, move bytes, step."""

import errno
import time
from typing import Any, Callable, Mapping, NamedTuple, Optional, Sequence

from ._error import TritkitError
from ._guest import Code, Guest, Request
from ._inputs import Input

KINDS = {"show": 1, "plan": 2, "convert": 3, "verify": 4, "diff": 5, "edit": 6, "peek": 7}

_PHASES = {1: "opening", 2: "reading", 3: "writing"}
_READ, _WRITE = 1, 2
_TELL_EVERY = 0.1  # seconds

_module = Code()


class Progress(NamedTuple):
    """done and total are bytes of the work, total 0 as long as nobody knows; tensor is an index in the plan, or -1;
    memory is the module's, in bytes; phase is opening, reading or writing."""

    phase: str
    done: int
    total: int
    tensor: int
    memory: int


def run(
    kind: str, inputs: "Sequence[Input]", options: "Mapping[str, Any]", write: "Optional[Callable[[int, memoryview], int]]" = None,
    progress: "Optional[Callable[[Progress], Any]]" = None, max_mem: int = 0, code: Optional[Code] = None,
) -> str:
    """Runs one job with the command's flags by their names, and returns the JSON of its result as it is.

    write(output, bytes) takes bytes of an output, by its number, and returns how many it took.
    """
    guest = Guest(code or _module)
    guest.begin(KINDS[kind], {
        "inputs": [{"name": i.name, "size": i.size, "group": i.group} for i in inputs],
        "options": {k: v for k, v in options.items() if v is not None}, "maxMem": max_mem,
    })
    told = float("-inf")
    last: "Optional[tuple[str, int, int]]" = None
    moved, failed = 0, None
    while True:
        try:
            r = guest.step(moved)
        except TritkitError as error:
            raise _reason(error, failed) from failed
        if r is None:
            break
        last = _PHASES.get(r.phase, "opening"), r.total, r.tensor
        now = time.monotonic()
        if progress and now - told >= _TELL_EVERY:
            progress(Progress(last[0], r.done, r.total, r.tensor, guest.memory))
            told = now
        try:
            moved = _serve(r, inputs, write)
        except Exception as error:
            moved, failed = -1, error
    if progress and last:
        progress(Progress(last[0], last[1], last[1], last[2], guest.memory))
    return guest.result()


def _serve(r: Request, inputs: "Sequence[Input]", write: "Optional[Callable[[int, memoryview], int]]") -> int:
    """Moves the bytes of one request."""
    if r.op == _READ:
        return inputs[r.file].read(r.offset, r.view)
    if r.op != _WRITE:
        return 0
    if write is None:
        raise TritkitError("usage", "tritkit: there is nowhere to write to", next="out")
    return write(r.file - len(inputs), r.view)


def _reason(error: TritkitError, failed: Optional[BaseException]) -> TritkitError:
    if isinstance(failed, TritkitError):
        return failed
    if isinstance(failed, OSError) and failed.errno == errno.ENOSPC:
        return TritkitError("no-space", str(failed), next="free some space, or write elsewhere")
    return error
