"""One instance of the module: its exports and its memory. docs/abi.md describes both."""

import ctypes
import json
import os
import struct
import threading
from typing import Any, NamedTuple, Optional

import wasmtime

from ._error import TritkitError

MAJOR = 1
_REPORT = "report the model that did it"


class Request(NamedTuple):
    """What a job asks for. view is the module's memory: it holds until the next step."""

    op: int
    file: int
    view: memoryview
    offset: int
    done: int
    total: int
    phase: int
    tensor: int


class Code:
    """A module, compiled when it is first needed and kept on the disk for the next start."""

    def __init__(self, wasm: Optional[bytes] = None) -> None:
        self._wasm, self._lock = wasm, threading.Lock()
        self._compiled: "Optional[tuple[wasmtime.Engine, wasmtime.Module]]" = None

    def compiled(self) -> "tuple[wasmtime.Engine, wasmtime.Module]":
        with self._lock:
            if self._compiled is None:
                engine = wasmtime.Engine(_config())
                self._compiled = engine, wasmtime.Module(engine, self._wasm or _packaged())
            return self._compiled


def _config() -> wasmtime.Config:
    config = wasmtime.Config()
    try:
        config.cache = True
    except wasmtime.WasmtimeError:  # a home that cannot be written to
        pass
    return config


def _packaged() -> bytes:
    with open(os.path.join(os.path.dirname(__file__), "tritkit.wasm"), "rb") as f:
        return f.read()


class Guest:
    """A module with memory of its own, for one job: after a trap nothing of it is used again."""

    def __init__(self, code: Code) -> None:
        engine, module = code.compiled()
        self._said = b""
        self._store = wasmtime.Store(engine)
        self._store.set_wasi(wasmtime.WasiConfig())  # a clock and random numbers, no file, no folder
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        linker.allow_shadowing = True
        i32 = wasmtime.ValType.i32()
        linker.define_func("wasi_snapshot_preview1", "fd_write", wasmtime.FuncType([i32] * 4, [i32]), self._fd_write)
        exports = linker.instantiate(self._store, module).exports(self._store)
        if "tk_abi" not in exports:
            raise TritkitError("usage", "tritkit: this is no module of Tritkit: it does not export tk_abi")
        self._exports = exports
        self._memory: wasmtime.Memory = exports["memory"]  # type: ignore[assignment]
        self._handle = 0
        self._call("_initialize")
        version = self._call("tk_abi")
        if version >> 16 != MAJOR:
            raise TritkitError("usage", f"tritkit: the module speaks ABI version {version >> 16}, this package version {MAJOR}", next="take both from the same release")

    def begin(self, kind: int, options: "dict[str, Any]") -> None:
        """Starts a job."""
        text = json.dumps(options).encode()
        at = self._call("tk_alloc", len(text))
        if at == 0:
            raise TritkitError("limit", "tritkit: the list of inputs is too long", next="give the files of one model")
        self._view(at, len(text))[:] = text
        self._handle = self._call("tk_job", kind, at, len(text))
        if self._handle <= 0:
            self._handle = 0
            raise self._failure()
        self._call("tk_free", at)
        self._block = self._call("tk_req", self._handle)

    def step(self, moved: int) -> Optional[Request]:
        """Runs the job up to its next request, or its end: then it returns None."""
        state = self._call("tk_step", self._handle, moved)
        if state < 0:
            raise self._failure()
        if state == 0:
            return None
        op, file, at, n, offset, done, total, phase, tensor = struct.unpack_from("<IIIIQQQIi", self._view(self._block, 64))
        return Request(op, file, self._view(at, n), offset, done, total, phase, tensor)

    def result(self) -> str:
        """The result's JSON, or the error object's."""
        at, n = struct.unpack("<II", self._view(self._call("tk_out", self._handle), 8))
        return str(self._view(at, n), "utf-8")

    @property
    def memory(self) -> int:
        """Bytes of memory."""
        return self._memory.data_len(self._store)

    def _view(self, at: int, n: int) -> memoryview:
        at &= 0xFFFFFFFF  # i32 results are signed
        if at + n > self._memory.data_len(self._store):
            raise TritkitError("internal", "tritkit: the module names bytes that are not in its memory", next=_REPORT)
        base = ctypes.addressof(self._memory.data_ptr(self._store).contents)
        return memoryview((ctypes.c_ubyte * n).from_address(base + at)).cast("B")

    def _failure(self) -> TritkitError:
        text = self.result()
        return TritkitError.of(json.loads(text)) if text else TritkitError("internal", "tritkit: the module said nothing", next=_REPORT)

    def _call(self, name: str, *args: int) -> int:
        """Calls an export. A trap is the end of the instance; what the Go runtime said before is the reason."""
        try:
            return self._exports[name](self._store, *args)  # type: ignore[operator, no-any-return]
        except (wasmtime.Trap, wasmtime.WasmtimeError) as cause:
            words = self._said.decode(errors="replace").strip()
            if "out of memory" in words or "cannot allocate memory" in words:
                raise TritkitError("out-of-memory", "tritkit: the job needs more memory than a module may have", next="free memory, or lower max_mem") from cause
            first = words.split("\n")[0] or str(cause).strip().split("\n")[-1].strip()
            raise TritkitError("internal", f"tritkit: the module stopped: {first}", next=_REPORT) from cause

    def _fd_write(self, fd: int, vectors: int, n: int, wrote: int) -> int:
        total = 0
        for i in range(n):
            at, size = struct.unpack("<II", self._view(vectors + 8 * i, 8))
            if fd == 2 and len(self._said) < 4096:
                self._said += self._view(at, size).tobytes()
            total += size
        self._view(wrote, 4)[:] = struct.pack("<I", total)
        return 0
