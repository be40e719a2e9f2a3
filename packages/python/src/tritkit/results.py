"""What the jobs give back: the command's own JSON, described in docs/json.md. Objects may gain members; these stay.

Numbers beyond 2^53 and non-finite ones are strings.
"""

from typing import Any, List, TypedDict, Union

Num = Union[int, float, str]

Tensor = TypedDict("Tensor", {"name": str, "dtype": str, "shape": List[int], "file": str, "offset": int, "bytes": int})
Load = TypedDict("Load", {"app": str, "version": str, "date": str, "verdict": str, "why": str, "next": str})
Finding = TypedDict("Finding", {"severity": str, "code": str, "message": str, "tensor": str, "fix": str})
File = TypedDict("File", {"name": str, "bytes": int})
KeyDifference = TypedDict("KeyDifference", {"key": str, "a": str, "b": str})
Edited = TypedDict("Edited", {"bytes": int})


class _Trits(TypedDict, total=False):
    dead_rows: int
    dead_columns: int
    distance: Num
    histogram: "list[int]"


class Trits(_Trits):
    """Of a layer or a tensor, with "layer" and "tensor"; distance and histogram where the weights are floats."""

    negative: int
    zero: int
    positive: int
    sparsity: float
    entropy: float
    scale_min: Num
    scale_max: Num
    layer: int


class Stats(TypedDict):
    trit_hash: str
    sparsity: float
    entropy: float
    layers: "list[Trits]"
    tensors: "list[dict[str, Any]]"


class _Report(TypedDict, total=False):
    stats: Stats


class Report(_Report):
    """Of show; stats where they were asked for."""

    format: str
    arch: str
    name: str
    parameters: int
    file_type: str
    bytes: int
    metadata: "dict[str, Any]"
    metadata_types: "dict[str, str]"
    tensors: "list[Tensor]"
    loads: "list[Load]"
    findings: "list[Finding]"


_Step = TypedDict("_Step", {"tensor": str, "from": str, "action": str, "to": str, "bytes": int})


class Step(_Step, total=False):
    scale_error: float
    flushed_to_zero: int


class _Plan(TypedDict, total=False):
    files: "list[File]"
    output: str
    sha256: str


class Plan(_Plan):
    """Of plan and convert. bytes: of all that is written. files: of a folder, in the order they are written. output and
    sha256: of convert to a path, the latter where it was asked for."""

    plan: "list[Step]"
    notes: "list[str]"
    loads: "list[Load]"
    bytes: int


class Verification(TypedDict):
    ok: bool
    bytes: int
    trit_hash: str
    findings: "list[Finding]"


class TensorDifference(TypedDict):
    tensor: str
    verdict: str
    flipped: int
    total: int
    scale_error: Num
    max_error: Num
    rms_error: Num


class Difference(TypedDict):
    """a and b of metadata are JSON texts, "" where a model lacks the key."""

    same: bool
    level: str
    trit_hash_a: str
    trit_hash_b: str
    tensors: "list[TensorDifference]"
    metadata: "list[KeyDifference]"


class _Peek(TypedDict, total=False):
    tensor: str
    key: str
    file: str
    offset: int
    hex: str
    indices: "list[int]"


class Peek(_Peek):
    """Of a tensor: dequantised values from element first on, and the bytes (hex) they lie in. Of a metadata array: its elements."""

    dtype: str
    shape: "list[int]"
    first: int
    values: "list[Any]"
