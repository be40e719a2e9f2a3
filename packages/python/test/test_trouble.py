"""What goes wrong on the way: nothing is left, sources stay, the error says what it was, and the next job runs."""

import errno
import io
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import tritkit
from fixture import Case, checkpoint, contents
from tritkit._guest import Code

MASTER = checkpoint("bf16-master")
WEIGHTS = "model.safetensors"


class Reader(io.BytesIO):
    """A file that asks before it is read."""

    def __init__(self, data, before=lambda n: None, most=None):
        super().__init__(data)
        self.before, self.most, self.reads = before, most, 0

    def readinto(self, into):
        self.reads += 1
        self.before(self.reads)
        return super().readinto(into[: self.most])


def in_memory(**how):
    files = contents(MASTER)
    return {**files, WEIGHTS: Reader(files[WEIGHTS], **how)}


def whole():
    out = io.BytesIO()
    tritkit.convert(MASTER, out, "i2_s")
    return out.getvalue()


class Trouble(Case):
    def test_files_may_be_in_memory_and_move_as_few_bytes_as_they_like(self):
        class Partly(io.BytesIO):
            def write(self, data):
                return super().write(data[:4099])

        out = Partly()
        tritkit.convert(in_memory(most=2999), out, "i2_s")
        self.assertEqual(out.getvalue(), whole())
        self.assertEqual(tritkit.show(io.BytesIO(whole()))["format"], "gguf")
        self.assertEqual(tritkit.show({"m.gguf": whole()})["format"], "gguf")

    def test_progress_rises_to_its_total(self):
        seen = []
        tritkit.convert(MASTER, os.path.join(self.folder(), "x"), "f32", progress=seen.append)
        self.assertEqual(seen[-1].phase, "writing")
        self.assertEqual(seen[-1].done, seen[-1].total)
        self.assertGreater(seen[-1].total, 0)
        self.assertGreater(seen[-1].memory, 0)

    def test_an_interrupt_at_any_moment_leaves_nothing(self):
        for type in ["i2_s", "hf-packed"]:
            at, done = 1, False
            while not done:
                dir = self.folder()
                files = contents(MASTER)

                def stop(n):
                    if n == at:
                        raise KeyboardInterrupt

                source = Reader(files[WEIGHTS], before=stop)
                try:
                    tritkit.convert({**files, WEIGHTS: source}, os.path.join(dir, "out"), type)
                except KeyboardInterrupt:
                    self.assertEqual(os.listdir(dir), [])
                done = source.reads < at
                self.assertEqual(os.listdir(dir), ["out"] if done else [])
                at = at * 3 // 2 + 1

    def test_an_error_of_the_callback_ends_the_job(self):
        dir = self.folder()
        with self.assertRaisesRegex(ZeroDivisionError, "division"):
            tritkit.convert(MASTER, os.path.join(dir, "out"), progress=lambda p: 1 / 0)
        self.assertEqual(os.listdir(dir), [])

    def test_a_source_that_is_cut_short_meanwhile_has_changed(self):
        dir, source = self.folder(), self.folder()
        shutil.copytree(MASTER, source, dirs_exist_ok=True)
        path = os.path.join(source, WEIGHTS)

        class Cutting(io.FileIO):
            def readinto(self, into):
                if len(into) > 100_000:  # weights, not a header
                    os.truncate(path, self.tell() + 1000)
                return super().readinto(into)

        files = {n: os.path.join(source, n) for n in os.listdir(source)}
        with Cutting(path) as f, self.assertRaises(tritkit.TritkitError) as got:
            tritkit.convert({**files, WEIGHTS: f}, os.path.join(dir, "out"), "i2_s")
        e = got.exception
        self.assertEqual((e.code, e.file, e.offset), ("changed", WEIGHTS, os.path.getsize(path)))
        self.assertEqual(os.listdir(dir), [])

    def test_what_the_host_cannot_read_or_write_is_the_cause(self):
        fire, full = OSError(errno.EIO, "the disk is on fire"), OSError(errno.ENOSPC, "no space left")

        def fail(_):
            raise fire

        with self.assertRaises(tritkit.TritkitError) as got:
            tritkit.convert(in_memory(before=fail), io.BytesIO(), "i2_s")
        self.assertEqual((got.exception.code, got.exception.file), ("internal", WEIGHTS))
        self.assertIs(got.exception.__cause__, fire)
        for error, code in [(fire, "internal"), (full, "no-space")]:
            class Full(io.BytesIO):
                def write(self, data):
                    raise error

            with self.assertRaises(tritkit.TritkitError) as got:
                tritkit.convert(MASTER, Full(), "i2_s")
            self.assertEqual(got.exception.code, code)
            self.assertIs(got.exception.__cause__, error)

    def refuses(self, code, f, *args, **options):
        with self.assertRaises(tritkit.TritkitError) as got:
            f(*args, **options)
        self.assertEqual(got.exception.code, code)

    def test_outputs_replace_only_what_they_are_told_to_and_never_a_source(self):
        dir = self.folder()
        out, hf = os.path.join(dir, "out"), os.path.join(dir, "hf")
        with open(out, "w") as f:
            f.write("mine")
        self.refuses("exists", tritkit.convert, MASTER, out, "i2_s")
        self.assertEqual(contents(out), b"mine")
        tritkit.convert(MASTER, out, "i2_s", force=True)
        self.assertEqual(contents(out), whole())
        self.refuses("usage", tritkit.edit, out, out, set={"general.name": "x"}, force=True)
        self.refuses("usage", tritkit.convert, out, dir, "hf-packed", force=True)
        self.refuses("usage", tritkit.convert, out, io.BytesIO(), "hf-packed")
        tritkit.convert(out, hf, "hf-packed")
        self.refuses("exists", tritkit.convert, out, hf, "hf-packed")
        tritkit.convert(out, hf, "hf-packed", force=True)
        self.assertEqual(sorted(os.listdir(dir)), ["hf", "out"])

    def test_what_is_no_model_is_said_to_be_none(self):
        self.refuses("not-found", tritkit.show, os.path.join(self.folder(), "absent"))
        self.refuses("not-found", tritkit.show, self.folder())
        self.refuses("usage", tritkit.show, {})
        self.refuses("usage", tritkit.show, MASTER, assume=["nonsense"])

    def test_a_trap_is_an_error_that_says_so_and_a_module_of_another_abi_is_refused(self):
        def fails(code, words, module):
            inputs = tritkit.open_model(MASTER)
            with self.assertRaisesRegex(tritkit.TritkitError, words) as got:
                tritkit.run("show", inputs, {}, code=Code(module))
            self.assertEqual(got.exception.code, code)

        fails("internal", "the module stopped: .*unreachable", module(1 << 16, "unreachable"))
        fails("internal", "said nothing", module(1 << 16, "i32.const -99"))
        fails("usage", "version 2", module(2 << 16, "i32.const 0"))
        fails("usage", "no module of Tritkit", b"(module)")
        self.assertEqual(tritkit.show(MASTER)["format"], "safetensors")

    def test_jobs_run_side_by_side(self):
        start = threading.Barrier(3)

        def one(_):
            start.wait()
            return whole()

        with ThreadPoolExecutor(3) as pool:
            self.assertEqual(set(pool.map(one, range(3))), {whole()})


def module(version, step):
    """A module made by hand, as text: every export of the ABI, of which tk_step does what step says."""
    return f"""(module (memory (export "memory") 1)
        (func (export "_initialize"))
        (func (export "tk_abi") (result i32) i32.const {version})
        (func (export "tk_alloc") (param i32) (result i32) i32.const 1024)
        (func (export "tk_free") (param i32))
        (func (export "tk_job") (param i32 i32 i32) (result i32) i32.const 1)
        (func (export "tk_step") (param i32 i32) (result i32) {step})
        (func (export "tk_req") (param i32) (result i32) i32.const 64)
        (func (export "tk_out") (param i32) (result i32) i32.const 0)
        (func (export "tk_close") (param i32)))""".encode()
