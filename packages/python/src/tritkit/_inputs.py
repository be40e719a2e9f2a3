"""A model as its files, read straight into the module's memory where that can be done."""

import io
import os
import re
from typing import IO, Any, Mapping, Optional, Union

from ._error import TritkitError

Source = Union[str, "os.PathLike[str]", bytes, IO[bytes]]
Model = Union[str, "os.PathLike[str]", IO[bytes], Mapping[str, Source]]

_WEIGHTS = re.compile(r"\.(gguf|safetensors|safetensors\.index\.json)$")
_BESIDE = re.compile(r"(\.(json|jinja|txt|model|md)|^LICENSE)$")


class Input:
    """One file of a model. A path is opened when it is first read."""

    def __init__(self, name: str, source: Source, group: str = "a", size: Optional[int] = None) -> None:
        self.name, self.group = name, group
        self._path: Optional[str] = None
        self._file: Any = None
        if isinstance(source, (str, os.PathLike)):
            self._path = os.fspath(source)
            self.size = os.stat(self._path).st_size if size is None else size
            return
        self._file = io.BytesIO(source) if isinstance(source, (bytes, bytearray, memoryview)) else source
        self.size = self._file.seek(0, os.SEEK_END)

    def read(self, offset: int, into: memoryview) -> int:
        """Fills into from offset on and returns how many bytes it moved; 0: the file ends here."""
        if self._file is None:
            assert self._path is not None
            self._file = open(self._path, "rb", buffering=0)
        self._file.seek(offset)
        if hasattr(self._file, "readinto"):
            return self._file.readinto(into) or 0
        piece = self._file.read(len(into))
        into[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Closes what was opened here; a file that was given stays open."""
        if self._path is not None and self._file is not None:
            self._file.close()
            self._file = None


def open_model(model: Model, group: str = "a") -> "list[Input]":
    """The files of a model: those of a folder; a file of safetensors and what may belong to it beside it; any other file alone."""
    if isinstance(model, Mapping):
        return [Input(name, source, group) for name, source in model.items()]
    if not isinstance(model, (str, os.PathLike)):
        return [Input(os.path.basename(str(getattr(model, "name", ""))) or "model", model, group)]
    path = os.fspath(model)
    if os.path.isfile(path):
        inputs = [Input(os.path.basename(path), path, group)]
        if path.endswith(".safetensors"):
            inputs += _folder(os.path.dirname(path) or ".", group, beside=True)
        return inputs
    if not os.path.isdir(path):
        raise TritkitError("not-found", f"tritkit: {path}: no such file or folder", file=path, next="download the model first")
    return _folder(path, group, beside=False)


def _folder(path: str, group: str, beside: bool) -> "list[Input]":
    names = sorted(os.listdir(path))
    weights = any(_WEIGHTS.search(n) for n in names)
    inputs = []
    for n in names:
        at = os.path.join(path, n)
        if not _sound(n) or beside and not _belongs(n) or not os.path.exists(at):
            continue
        if os.path.isfile(at):
            inputs.append(Input(n, at, group))
        elif not weights:  # the names of folders say why there are none
            inputs.append(Input(n, at, group, size=0))
    steps = sorted(int(n[11:]) for n in names if re.fullmatch(r"checkpoint-\d+", n))
    if not beside and not weights and (len(inputs) < 2 or steps):
        raise TritkitError(
            "not-found", "checkpoint: no checkpoint in this folder: looked for model.safetensors.index.json, model.safetensors, *.safetensors and *.gguf",
            next=f"a trainer's output: name one of its checkpoints, the newest is checkpoint-{steps[-1]}" if steps else "name the model's folder or file",
        )
    return inputs


def _sound(name: str) -> bool:
    """Whether the module can be told of a file of that name."""
    try:
        name.encode()
    except UnicodeEncodeError:  # bytes that are no UTF-8
        return False
    return "\\" not in name


def _belongs(name: str) -> bool:
    return bool(_BESIDE.search(name)) and not name.endswith(".index.json") and not name.startswith("adapter_")
