"""The one error of the package: the error object of docs/json.md."""

from typing import Any, Mapping


class TritkitError(Exception):
    """What is wrong, where, and one next step.

    code: of the list in docs/json.md: "truncated", "not-ternary", "changed", "exists", …; file, tensor and next are "" and
    offset is -1 where there is none.
    """

    def __init__(self, code: str, message: str, file: str = "", tensor: str = "", offset: int = -1, next: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.file, self.tensor, self.offset, self.next = code, message, file, tensor, offset, next

    @classmethod
    def of(cls, fault: "Mapping[str, Any]") -> "TritkitError":
        return cls(*(fault[k] for k in ("code", "message", "file", "tensor", "offset", "next")))

    def asdict(self) -> "dict[str, Any]":
        """The object that ``trit --json`` prints as "error"."""
        return {"code": self.code, "message": self.message, "file": self.file, "tensor": self.tensor, "offset": self.offset, "next": self.next}

    def __str__(self) -> str:
        return f"{self.message}\n  next:  {self.next}" if self.next else self.message
