"""Outputs that are whole or absent: written under another name in the target's folder, synced, and renamed at the end."""

import hashlib
import os
import secrets
import shutil
from typing import IO, Any, Optional, Protocol, Sequence, Union

from ._error import TritkitError

Output = Union[str, "os.PathLike[str]", IO[bytes]]

_WEIGHTS = "model.safetensors"


class Target(Protocol):
    """An output that was made ready: write, then commit or abort."""

    def write(self, output: int, data: memoryview) -> int: ...
    def commit(self) -> "dict[str, Any]": ...
    def abort(self) -> None: ...


def create_file(out: Output, model: Any, force: bool, sha256: bool) -> Target:
    """One file, or what the caller opened."""
    if not isinstance(out, (str, os.PathLike)):
        return _Stream(out, sha256)
    path = os.fspath(out)
    _refuse(path, model, os.path.lexists(path) and not force)
    return _File(path, sha256)


def create_folder(out: Output, names: "Sequence[str]", model: Any, force: bool, sha256: bool) -> Target:
    """A folder with files of these names; one that is empty counts as absent."""
    if not isinstance(out, (str, os.PathLike)):
        raise TritkitError("usage", "tritkit: a Hugging Face folder is written to a path", next="out")
    path = os.fspath(out).rstrip("/" + os.sep) or os.sep
    _refuse(path, model, os.path.lexists(path) and not force and not (os.path.isdir(path) and not os.listdir(path)))
    return _Folder(path, names, sha256)


def _refuse(path: str, model: Any, exists: bool) -> None:
    """Refuses to write over what is there, and over or around a source."""
    source = os.fspath(model) if isinstance(model, (str, os.PathLike)) else None
    if source is not None and os.path.exists(path):
        around = [source] if os.path.isdir(source) else [source, os.path.dirname(os.path.abspath(source))]
        if any(os.path.exists(s) and os.path.samefile(s, path) for s in around):
            raise TritkitError("usage", "tritkit: the output is the source, or its folder; sources are never touched", file=path, next="write elsewhere")
    if exists:
        raise TritkitError("exists", f"tritkit: {path}: the output exists already", file=path, next="force=True replaces it")


def _temporary(path: str) -> str:
    return os.path.join(os.path.dirname(path), f".tritkit-{secrets.token_hex(8)}.tmp")


class _Stream:
    """A binary file of the caller's, written from where it stands; it cannot be taken back."""

    def __init__(self, file: Any, sha256: bool) -> None:
        self._file, self._hash = file, hashlib.sha256() if sha256 else None

    def write(self, output: int, data: memoryview) -> int:
        n = self._file.write(data)
        n = len(data) if n is None else n
        if self._hash:
            self._hash.update(data[:n])
        return n

    def commit(self) -> "dict[str, Any]":
        return {"sha256": self._hash.hexdigest()} if self._hash else {}

    def abort(self) -> None:
        pass


class _File(_Stream):
    def __init__(self, path: str, sha256: bool, temporary: Optional[str] = None) -> None:
        self._path, self._temp = path, temporary or _temporary(path)
        super().__init__(open(self._temp, "xb", buffering=0), sha256)

    def sync(self) -> None:
        os.fsync(self._file.fileno())
        self._file.close()

    def commit(self) -> "dict[str, Any]":
        self.sync()
        os.replace(self._temp, self._path)
        return {"output": self._path, **super().commit()}

    def abort(self) -> None:
        self._file.close()
        try:
            os.remove(self._temp)
        except FileNotFoundError:
            pass


class _Folder:
    def __init__(self, path: str, names: "Sequence[str]", sha256: bool) -> None:
        self._path, self._temp, self._names, self._sha256 = path, _temporary(path), names, sha256
        self._files: "list[_File]" = []
        os.mkdir(self._temp)

    def write(self, output: int, data: memoryview) -> int:
        if output == len(self._files):
            at = os.path.join(self._temp, self._names[output])
            self._files.append(_File(at, self._sha256 and self._names[output] == _WEIGHTS, temporary=at))
        return self._files[output].write(output, data)

    def commit(self) -> "dict[str, Any]":
        done: "dict[str, Any]" = {}
        for f in self._files:
            f.sync()
            done.update(_Stream.commit(f))
        aside = self._temp + ".old"
        if os.path.lexists(self._path):
            os.rename(self._path, aside)
        try:
            os.rename(self._temp, self._path)
        except BaseException:
            if os.path.lexists(aside):
                os.rename(aside, self._path)
            raise
        if os.path.lexists(aside):
            shutil.rmtree(aside)
        return {"output": self._path, **done}

    def abort(self) -> None:
        for f in self._files:
            f._file.close()
        shutil.rmtree(self._temp, ignore_errors=True)
