"""Writes open.json: what the Python packages gguf and safetensors find in our outputs, held against the sources first.

    go test ./core/convert -run Oracle -outputs DIR    (writes the outputs and their sources)
    python3 open.py DIR                                (reads them; writes open.json and small.i2_s.gguf here)

DIR is absolute. The package gguf reads headers and dequantises; it knows neither i2_s nor q2_0, whose bytes are decoded
here by their documented layout. Where it quantises, the tensor's bytes must be those of its quantiser.
"""

import hashlib
import json
import os
import shutil
import sys

import gguf
import numpy as np
import torch
from safetensors import safe_open

HERE = os.path.dirname(os.path.abspath(__file__))
Q = gguf.GGMLQuantizationType
TERNARY = ("i2_s", "q2_0", "tq1_0", "tq2_0")
SCALARS = {"UINT8": "u8", "INT8": "i8", "UINT16": "u16", "INT16": "i16", "UINT32": "u32", "INT32": "i32", "UINT64": "u64",
           "INT64": "i64", "FLOAT32": "f32", "FLOAT64": "f64", "BOOL": "bool", "STRING": "string", "ARRAY": "array"}


def sha(b):
    return hashlib.sha256(b).hexdigest()


def i2_s(raw, shape):
    """128 elements are 32 bytes: byte p holds elements p, p+32, p+64, p+96 from the high bits down; then an f32 scale."""
    n = int(np.prod(shape))
    b = raw[: n // 4].reshape(-1, 1, 32)
    code = (b >> np.array([6, 4, 2, 0], np.uint8).reshape(1, 4, 1)) & 3
    assert code.max() < 3
    assert not raw[n // 4 + 4 :].any(), "padding"
    scale = raw[n // 4 : n // 4 + 4].view("<f4")[0]
    return (code.reshape(shape).astype(np.float32) - np.float32(1)) * scale


def q2_0(raw, shape):
    """64 elements are an f16 scale and 16 bytes: byte j/4 holds element j in bits 2(j%4)+1 : 2(j%4)."""
    b = raw.reshape(-1, 18)
    d = b[:, :2].copy().view("<f2").astype(np.float32)
    code = (b[:, 2:, None] >> np.array([0, 2, 4, 6], np.uint8)) & 3
    assert code.max() < 3
    return ((code.reshape(-1, 64).astype(np.float32) - np.float32(1)) * d).reshape(shape)


FOREIGN = {36: ("i2_s", i2_s, lambda n: n // 4 + 32), 42: ("q2_0", q2_0, lambda n: n // 64 * 18)}


class Reader(gguf.GGUFReader):
    """The package's reader, which leaves the tensors of the types it does not know to us."""

    def _build_tensors(self, start, fields):
        known = [f for f in fields if int(f.parts[4][0]) not in FOREIGN]
        super()._build_tensors(start, known)
        found = {t.name: t for t in self.tensors}
        self.all = []
        for f in fields:
            _, _, _, dims, kind, offset = f.parts
            shape = tuple(int(d) for d in reversed(dims))
            at = start + int(offset[0])
            if f.name in found:
                t = found[f.name]
                assert t.data_offset == at
                raw = np.ascontiguousarray(t.data).view(np.uint8).reshape(-1)
                values = gguf.dequantize(t.data, t.tensor_type).reshape(shape)
                self.all.append((f.name, t.tensor_type.name.lower(), shape, at, raw, values))
            else:
                name, decode, size = FOREIGN[int(kind[0])]
                raw = np.array(self.data[at : at + size(int(np.prod(shape)))])
                self.all.append((f.name, name, shape, at, raw, decode(raw, shape)))


def pair(field):
    """One pair: a scalar's value, or of an array the type, number and digest of its elements."""
    kind = SCALARS[field.types[0].name]
    if kind != "array":
        v = field.contents()
        return {"key": field.name, "type": kind, "value": v if isinstance(v, (str, bool)) else float(v) if kind[0] == "f" else int(v)}
    elem = SCALARS[field.types[1].name]
    list_ = field.contents()
    if elem == "string":
        b = b"".join(s.encode() + b"\0" for s in list_)
    else:
        b = np.array(list_, {"f32": "<f4", "i32": "<i4"}[elem]).tobytes()
    return {"key": field.name, "type": kind, "elem": elem, "len": len(list_), "sha256": sha(b)}


def floats(t):
    """A torch tensor's values in float32."""
    return t.to(torch.float32).numpy()


def unpack(packed):
    """Codes packed across rows: row i*(out/4)+p is bits 2i+1:2i of byte (p, column), less 1."""
    return np.concatenate([(packed >> (2 * i)) & 3 for i in range(4)]).astype(np.float32) - np.float32(1)


class Source:
    """A packed checkpoint: its weights as a GGUF should hold them, by the package's own names."""

    def __init__(self, folder):
        with open(os.path.join(folder, "config.json")) as f:
            config = json.load(f)
        llama = config["architectures"][0].startswith("Llama")
        names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA if llama else gguf.MODEL_ARCH.BITNET, config["num_hidden_layers"])
        self.hf, self.gguf, self.linear = {}, {}, {}
        with safe_open(os.path.join(folder, "model.safetensors"), "pt") as f:
            self.hf = {name: f.get_tensor(name) for name in f.keys()}
        for name, t in self.hf.items():
            if name.endswith("_scale"):
                continue
            x = floats(t)
            if t.dtype == torch.uint8:
                scale = floats(self.hf[name + "_scale"])[0]
                if config["quantization_config"].get("linear_class", "bitlinear") == "bitlinear":
                    scale = np.float32(1) / scale
                x = unpack(t.numpy())
            heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}.get(name.split(".")[-2], 0)
            # The package names the sub-norms of 1bitLLM only.
            known = name.replace("attn_sub_norm", "inner_attn_ln").replace("ffn_sub_norm", "ffn_layernorm")
            g = names.get_name(known, try_suffixes=(".weight",))
            if llama and heads:  # LlamaModel.permute of llama.cpp's converter
                x = x.reshape(heads, 2, x.shape[0] // heads // 2, x.shape[1]).swapaxes(1, 2).reshape(x.shape)
            if t.dtype == torch.uint8:
                self.linear[name] = self.linear[g] = x, scale
                x = x * scale
            self.gguf[g] = x


def check_gguf(source, name, kind, raw, values):
    """The values are the source's, rounded as the type rounds, and the bytes those of the package's own quantiser."""
    want = source.gguf[name]
    if name in source.linear and kind in ("tq1_0", "tq2_0", "q2_0"):
        codes, scale = source.linear[name]
        rounded = codes * np.float32(np.float16(scale))
    elif kind in ("i2_s", "f32"):
        rounded = want
    elif kind == "q6_k":
        block = np.abs(want.reshape(-1, 256)).max(axis=1, keepdims=True)
        assert (np.abs(values - want).reshape(-1, 256) <= block / 31 / 2 + block / 128 / 2).all(), name
        return "bounded"
    else:
        rounded = gguf.dequantize(gguf.quantize(want, Q[kind.upper()]), Q[kind.upper()]).reshape(want.shape)
    assert np.array_equal(values, rounded), name
    if kind in ("i2_s", "q2_0"):
        return "decoded here"
    assert np.array_equal(raw, gguf.quantize(want, Q[kind.upper()]).view(np.uint8).reshape(-1)), name
    return "quantiser's bytes"


def open_gguf(path, source):
    r = Reader(path)
    seen, tensors, end = {}, [], r.data_offset
    for name, kind, shape, at, raw, values in r.all:
        assert at == end and at % 32 == 0, name
        end = at + (raw.size + 31) // 32 * 32
        how = check_gguf(source, name, kind, raw, values)
        seen[kind + ": " + how] = seen.get(kind + ": " + how, 0) + 1
        tensors.append({"name": name, "type": kind, "shape": list(shape), "sha256": sha(values.astype("<f4").tobytes())})
    assert end == os.path.getsize(path)
    assert {t["name"] for t in tensors} == set(source.gguf)
    return [pair(f) for n, f in r.fields.items() if not n.startswith("GGUF.")], tensors, seen


def check_hf(source, name, t):
    """Codes and scale, or floats of which mean |w| is the scale again, are the source's."""
    if name.endswith("_scale"):
        _, scale = source.linear[name.removesuffix("_scale")]
        assert floats(t)[0] == floats(torch.tensor([scale]).to(torch.bfloat16))[0], name
    elif name not in source.linear:
        assert torch.equal(t, source.hf[name]), name
    elif t.dtype == torch.uint8:
        assert torch.equal(t, source.hf[name]), name
    else:
        _, scale = source.linear[name]
        codes = unpack(source.hf[name].numpy())  # in Hugging Face's order of rows
        assert np.array_equal(np.sign(floats(t)), codes), name
        assert abs(np.abs(floats(t)).mean(dtype=np.float64) / scale - 1) <= 2.0**-8, name  # bf16 keeps 8 bits


def open_hf(path, source):
    tensors = []
    with safe_open(path, "pt") as f:
        kv = [{"key": k, "type": "string", "value": v} for k, v in f.metadata().items()]
        for name in f.offset_keys():
            t = f.get_tensor(name)
            check_hf(source, name, t)
            kind = {torch.uint8: "u8", torch.bfloat16: "bf16", torch.float16: "f16", torch.float32: "f32"}[t.dtype]
            tensors.append({"name": name, "type": kind, "shape": list(t.shape), "sha256": sha(floats(t).astype("<f4").tobytes())})
    names = {t["name"] for t in tensors}
    assert names in (set(source.hf), {n for n in source.hf if not n.endswith("_scale")})
    return kv, tensors, {"values": len(tensors)}


def main():
    outputs = sys.argv[1]
    opens = os.path.join(outputs, "open")
    names = sorted(n if n.endswith(".gguf") else n + "/model.safetensors" for n in os.listdir(opens))
    found = []
    for name in names:
        path = os.path.join(opens, name)
        source = Source(os.path.join(outputs, "source", name.split(".")[0]))
        kv, tensors, seen = (open_gguf if name.endswith(".gguf") else open_hf)(path, source)
        with open(path, "rb") as f:
            data = f.read()
        found.append({"file": name, "size": len(data), "sha256": sha(data), "kv": kv, "tensors": tensors})
        print(name, seen)
    with open(os.path.join(HERE, "open.json"), "w") as f:
        f.write("[\n" + ",\n".join(lines(o) for o in found) + "\n]\n")
    shutil.copy(os.path.join(opens, "small.i2_s.gguf"), HERE)


def lines(o):
    """One line for each pair and tensor."""
    part = lambda key: f'"{key}": [\n' + ",\n".join(json.dumps(x, ensure_ascii=False) for x in o[key]) + "\n]"
    return f'{{"file": {json.dumps(o["file"])}, "size": {o["size"]}, "sha256": "{o["sha256"]}", ' + part("kv") + ", " + part("tensors") + "}"


if __name__ == "__main__":
    main()
