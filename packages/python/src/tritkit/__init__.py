"""Tritkit: shows, verifies, compares and converts ternary (1.58-bit, BitNet) language models.

    import tritkit
    print(tritkit.show("model.gguf")["arch"])
    tritkit.convert("./my-checkpoint", "my.gguf", type="i2_s", progress=lambda p: print(p.done, p.total))

A model is the path of a GGUF, of a file of safetensors or of a folder; a binary file that can seek; or a mapping from
file names to paths, bytes or such files. Results are the dicts of the command's ``--json`` (results.py has their types),
errors are TritkitError. An exception raised by ``progress`` ends the job, and nothing of its output is left; Ctrl-C too.
Every function may be called from several threads at once.
"""

import json
from typing import Any, Callable, Iterable, Mapping, Optional, Union, cast

from . import results
from ._error import TritkitError
from ._inputs import Input, Model, open_model
from ._job import Progress, run
from ._outputs import Output, Target, create_file, create_folder
from .results import Difference, Edited, Peek, Plan, Report, Verification

__all__ = [
    "Difference", "Edited", "Input", "Model", "Output", "Peek", "Plan", "Progress", "Report", "TritkitError", "Verification",
    "convert", "diff", "edit", "open_model", "peek", "plan", "results", "run", "show", "verify",
]

Tell = Optional[Callable[[Progress], Any]]


def show(
    model: Model, *, stats: bool = False, snap: Optional[str] = None, tokenizer: Optional[Model] = None, from_layout: Optional[str] = None,
    assume: Iterable[str] = (), progress: Tell = None, max_mem: int = 0,
) -> Report:
    """What a model is, what is in it, and where it will load; with stats also trits, scales and the trit hash."""
    flags = {**_reading(from_layout, assume), "stats": stats or None, "snap": snap}
    return cast(Report, _read("show", {"a": model, "tokenizer": tokenizer}, flags, progress, max_mem))


def plan(
    model: Model, type: Optional[str] = None, *, embd: Optional[str] = None, snap: Optional[str] = None, name: Optional[str] = None,
    runtime: Optional[str] = None, tokenizer: Optional[Model] = None, from_layout: Optional[str] = None, assume: Iterable[str] = (),
    progress: Tell = None, max_mem: int = 0,
) -> Plan:
    """What convert will write, from headers alone. The arguments are convert's."""
    flags = {**_reading(from_layout, assume), "type": type, "embd": embd, "snap": snap, "name": name, "for": runtime}
    return cast(Plan, _read("plan", {"a": model, "tokenizer": tokenizer}, flags, progress, max_mem))


def convert(
    model: Model, out: Output, type: Optional[str] = None, *, embd: Optional[str] = None, snap: Optional[str] = None, name: Optional[str] = None,
    runtime: Optional[str] = None, tokenizer: Optional[Model] = None, from_layout: Optional[str] = None, assume: Iterable[str] = (),
    force: bool = False, sha256: bool = False, progress: Tell = None, max_mem: int = 0,
) -> Plan:
    """Writes a model as GGUF, or as a Hugging Face folder.

    type: i2_s, tq1_0, tq2_0, q2_0, f16, bf16, f32, hf-packed or hf-float; None: what the architecture is mostly used in.
    embd: type of embedding and head: f16, bf16, q8_0, q6_k or f32. snap: how floats that nothing declares ternary are
    snapped: absmean or nonzero-mean. name: general.name of the output. runtime: one that must load the result: what it
    would get wrong is refused (the command's --for).

    out is a path, which gets its name when it is whole, or for a GGUF a binary file open for writing. force replaces one
    that exists. sha256 adds that of the weights' file to the result. max_mem: a ternary tensor of floats up to so many
    bytes is kept in memory and read once; 0 is 48 MiB.
    """
    flags = {**_reading(from_layout, assume), "type": type, "embd": embd, "snap": snap, "name": name, "for": runtime}
    groups = {"a": model, "tokenizer": tokenizer}
    if type is not None and type.startswith("hf-"):
        files = cast(Plan, _read("plan", groups, flags, None, max_mem))["files"]
        target = create_folder(out, [f["name"] for f in files], model, force, sha256)
    else:
        target = create_file(out, model, force, sha256)
    return cast(Plan, _write("convert", groups, flags, target, progress, max_mem))


def verify(
    model: Model, *, quick: bool = False, tokenizer: Optional[Model] = None, from_layout: Optional[str] = None, assume: Iterable[str] = (),
    progress: Tell = None, max_mem: int = 0,
) -> Verification:
    """Reads every byte: structure, codes, scales, floats, tokenizer. quick: headers only."""
    flags = {**_reading(from_layout, assume), "quick": quick or None}
    return cast(Verification, _read("verify", {"a": model, "tokenizer": tokenizer}, flags, progress, max_mem))


def diff(
    a: Model, b: Model, *, level: str = "scales", snap: Optional[str] = None, tokenizer: Optional[Model] = None,
    from_layout: Optional[str] = None, assume: Iterable[str] = (), progress: Tell = None, max_mem: int = 0,
) -> Difference:
    """Compares two models tensor by tensor, whatever packs them. level: what must agree: codes, scales or bytes."""
    flags = {**_reading(from_layout, assume), "level": level, "snap": snap}
    return cast(Difference, _read("diff", {"a": a, "b": b, "tokenizer": tokenizer}, flags, progress, max_mem))


def edit(
    model: Model, out: Output, *, set: Optional[Mapping[str, Union[str, int, float, bool]]] = None, unset: Iterable[str] = (),
    as_: Optional[str] = None, from_layout: Optional[str] = None, assume: Iterable[str] = (), force: bool = False, sha256: bool = False,
    progress: Tell = None, max_mem: int = 0,
) -> Edited:
    """Copies a GGUF with other metadata; the tensors stay byte for byte.

    A value takes the type of the present one, else as_: u32, i32, f32, bool or str.
    """
    pairs = [f"{k}={str(v).lower() if isinstance(v, bool) else v}" for k, v in (set or {}).items()]
    flags = {**_reading(from_layout, assume), "set": pairs or None, "unset": list(unset) or None, "as": as_}
    return cast(Edited, _write("edit", {"a": model}, flags, create_file(out, model, force, sha256), progress, max_mem))


def peek(
    model: Model, *, tensor: Optional[str] = None, key: Optional[str] = None, first: int = 0, count: Optional[int] = None,
    find: Optional[str] = None, from_layout: Optional[str] = None, assume: Iterable[str] = (), progress: Tell = None, max_mem: int = 0,
) -> Peek:
    """Single values: of a tensor with their bytes, or of a metadata array; find: only elements with this text."""
    flags = {**_reading(from_layout, assume), "tensor": tensor, "key": key, "first": first, "count": count, "find": find}
    return cast(Peek, _read("peek", {"a": model}, flags, progress, max_mem))


def _reading(from_layout: Optional[str], assume: Iterable[str]) -> "dict[str, Any]":
    return {"from-layout": from_layout, "assume": list(assume) or None}


def _read(kind: str, groups: "Mapping[str, Optional[Model]]", flags: "dict[str, Any]", progress: Tell, max_mem: int, target: Optional[Target] = None) -> Any:
    inputs: "list[Input]" = []
    try:
        for group, model in groups.items():
            if model is not None:
                inputs += open_model(model, group)
        return json.loads(run(kind, inputs, flags, target.write if target else None, progress, max_mem))
    finally:
        for i in inputs:
            i.close()


def _write(kind: str, groups: "Mapping[str, Optional[Model]]", flags: "dict[str, Any]", target: Target, progress: Tell, max_mem: int) -> Any:
    try:
        result = _read(kind, groups, flags, progress, max_mem, target)
        result.update(target.commit())
        return result
    except BaseException:
        target.abort()
        raise
