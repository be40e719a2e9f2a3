"""What the tests share: the command to compare with, the checkpoints, folders to write into."""

import json
import os
import subprocess
import tempfile
import unittest

TRIT, CHECKPOINTS = os.environ["TRIT"], os.environ["CHECKPOINTS"]  # of each form one, and broken.* folders
TYPES = ["i2_s", "tq1_0", "tq2_0", "q2_0", "f16", "bf16", "f32", "hf-packed", "hf-float"]
FORMS = sorted(n for n in os.listdir(CHECKPOINTS) if not n.startswith("broken."))
BROKEN = sorted(n for n in os.listdir(CHECKPOINTS) if n.startswith("broken."))


def checkpoint(form):
    return os.path.join(CHECKPOINTS, form)


def trit(*args):
    """Runs the command with --json: its text and None, or None and the error object."""
    r = subprocess.run([TRIT, *args, "--json"], capture_output=True, text=True)
    if r.returncode == 0 or r.stdout:
        return r.stdout.rstrip("\n"), None
    return None, json.loads(r.stderr)["error"]


def contents(at):
    """The bytes of a file, or of all files of a folder, by name."""
    if os.path.isdir(at):
        return {n: contents(os.path.join(at, n)) for n in sorted(os.listdir(at))}
    with open(at, "rb") as f:
        return f.read()


class Case(unittest.TestCase):
    def folder(self):
        d = tempfile.TemporaryDirectory()
        self.addCleanup(d.cleanup)
        return d.name
