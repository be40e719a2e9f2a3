"""The package gives what the command gives: bytes, JSON and errors."""

import json
import os
import shutil

import tritkit
from fixture import BROKEN, FORMS, TYPES, Case, checkpoint, contents, trit


def text(kind, models, **options):
    """Runs a job over paths and returns its JSON as it is."""
    inputs = [i for group, m in zip("ab", models) for i in tritkit.open_model(m, group)]
    try:
        return tritkit.run(kind, inputs, options)
    finally:
        for i in inputs:
            i.close()


class Native(Case):
    maxDiff = 2000

    def both(self, source, type, flags=(), **options):
        """Converts by the command and by the package, which have to agree. Returns the output, or None where both refuse."""
        dir = self.folder()
        native, ours = os.path.join(dir, "native"), os.path.join(dir, "ours")
        want, error = trit("convert", source, "-o", native, "--type", type, "--no-verify", *flags)
        if error:
            with self.assertRaises(tritkit.TritkitError, msg=f"the command refuses {source} to {type}: {error}") as got:
                tritkit.convert(source, ours, type, **options)
            self.assertEqual(got.exception.asdict(), error)
            self.assertEqual(os.listdir(dir), [])
            return None
        got = tritkit.convert(source, ours, type, sha256=True, **options)
        self.assertEqual(contents(ours) == contents(native), True, f"{source} to {type}")
        want = {k: v for k, v in json.loads(want).items() if k not in ("seconds", "sync_seconds", "peak_bytes")}
        self.assertEqual(got, {**want, "output": ours})
        self.assertEqual(sorted(os.listdir(dir)), ["native", "ours"])
        return native

    def test_every_form_converts_to_every_type_as_the_command_does(self):
        for form in FORMS:
            with self.subTest(form):
                written = [t for t in TYPES if self.both(checkpoint(form), t)]
                self.assertGreaterEqual(len(written), 1 if form == "plain-floats" else 8)
        self.assertTrue(self.both(checkpoint("plain-floats"), "i2_s", ["--snap", "nonzero-mean"], snap="nonzero-mean"))

    def test_every_gguf_converts_to_every_type_as_the_command_does(self):
        for start in ["i2_s", "tq1_0", "tq2_0", "q2_0", "f16", "f32"]:
            gguf = self.both(checkpoint("bf16-master"), start)
            for type in TYPES:
                self.both(gguf, type)

    def test_options_are_the_flags(self):
        m = checkpoint("bf16-master")
        self.assertTrue(self.both(m, "i2_s", ["--embd", "q6_k", "--name", "A name"], embd="q6_k", name="A name"))
        self.assertTrue(self.both(checkpoint("llama-packed"), "tq2_0", ["--for", "llama.cpp"], runtime="llama.cpp"))
        self.assertIsNone(self.both(m, "tq2_0", ["--for", "llama.cpp"], runtime="llama.cpp"))
        self.assertIsNone(self.both(m, "i2_s", ["--from-layout", "mips"], from_layout="mips"))
        gguf, dir = self.both(m, "i2_s"), self.folder()
        native, ours = os.path.join(dir, "n.gguf"), os.path.join(dir, "o.gguf")
        want, _ = trit("edit", gguf, "-o", native, "--set", "general.name=x", "--unset", "general.license")
        got = tritkit.edit(gguf, ours, set={"general.name": "x"}, unset=["general.license"], sha256=True)
        self.assertEqual(contents(ours), contents(native))
        self.assertEqual(got, {**json.loads(want), "output": ours})

    def test_results_are_the_bytes_that_the_command_prints(self):
        tq2, i2s = self.both(checkpoint("packed"), "tq2_0"), self.both(checkpoint("bf16-master"), "i2_s")
        cases = [
            ("plan", ["convert", "--dry-run", "--type", "q2_0"], {"type": "q2_0"}),
            ("plan", ["convert", "--dry-run", "--type", "hf-packed"], {"type": "hf-packed"}),
            ("show", ["show"], {}),
            ("show", ["show", "--stats"], {"stats": True}),
            ("verify", ["verify"], {}),
            ("verify", ["verify", "--quick"], {"quick": True}),
        ]
        for source in [i2s, tq2, *map(checkpoint, FORMS)]:
            for kind, (command, *flags), options in cases:
                want, error = trit(command, source, *flags)
                with self.subTest(source=source, command=command):
                    if error is None:
                        self.assertEqual(text(kind, [source], **options), want)
                        continue
                    with self.assertRaises(tritkit.TritkitError) as got:
                        text(kind, [source], **options)
                    self.assertEqual(got.exception.asdict(), error)
        for level in ["codes", "scales", "bytes"]:
            self.assertEqual(text("diff", [i2s, tq2], level=level), trit("diff", i2s, tq2, "--level", level)[0])
        tensor, key = "blk.0.ffn_up.weight", "tokenizer.ggml.tokens"
        self.assertEqual(text("peek", [tq2], tensor=tensor, first=7, count=300), trit("peek", tq2, "--tensor", tensor, "--first", "7", "--count", "300")[0])
        self.assertEqual(text("peek", [tq2], key=key, find="a", count=5), trit("peek", tq2, "--key", key, "--find", "a", "--count", "5")[0])

    def test_functions_return_what_the_json_says(self):
        packed, master, tensor = checkpoint("packed"), checkpoint("bf16-master"), "model.embed_tokens.weight"
        for got, args in [
            (tritkit.show(packed, stats=True), ["show", packed, "--stats"]),
            (tritkit.plan(packed, "tq1_0"), ["convert", packed, "--dry-run", "--type", "tq1_0"]),
            (tritkit.verify(packed), ["verify", packed]),
            (tritkit.diff(packed, master, level="codes"), ["diff", packed, master, "--level", "codes"]),
            (tritkit.peek(packed, tensor=tensor, count=9), ["peek", packed, "--tensor", tensor, "--count", "9"]),
        ]:
            self.assertEqual(got, json.loads(trit(*args)[0]))

    def test_what_is_broken_fails_as_with_the_command(self):
        for what in BROKEN:
            with self.subTest(what):
                self.both(checkpoint(what), "i2_s")
                want, error = trit("verify", checkpoint(what))
                if error is None:
                    self.assertEqual(text("verify", [checkpoint(what)]), want)
                    continue
                with self.assertRaises(tritkit.TritkitError) as got:
                    text("verify", [checkpoint(what)])
                self.assertEqual(got.exception.asdict(), error)

    def test_a_file_of_weights_brings_what_lies_beside_it_and_a_tokenizer_comes_from_elsewhere(self):
        dir, source = self.folder(), checkpoint("packed")
        shutil.copytree(source, dir, dirs_exist_ok=True)
        other = os.path.join(dir, "other.safetensors")
        shutil.copy(os.path.join(dir, "model.safetensors"), other)
        self.assertTrue(self.both(other, "i2_s"))
        os.remove(other)
        os.remove(os.path.join(dir, "tokenizer.json"))
        self.both(dir, "i2_s")
        self.assertTrue(self.both(dir, "i2_s", ["--tokenizer", source], tokenizer=source))
