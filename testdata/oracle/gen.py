"""Opens what the converter writes with the packages that own the formats, and records what they read.

    go test ./core/convert -run Oracle -outputs DIR    (writes the outputs)
    python3 gen.py DIR                                 (reads them; writes outputs.json and transformers.json here)

outputs.json: of each file its SHA-256, and of each tensor type, shape and the SHA-256 of its values as float32, as the
gguf and safetensors packages give them. transformers.json: of each linear the codes (SHA-256 of int8) and the scale that
transformers' own BitNet code computes with, from a bf16 master, from our packed and float exports, and from a folder
whose weight_scale is an inverse.
"""

import hashlib
import json
import os
import sys

import gguf
import numpy as np
import safetensors.torch
import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM
from transformers.integrations.bitnet import WeightQuant, unpack_weights

here, there = os.path.dirname(os.path.abspath(__file__)), sys.argv[1]
sha = lambda b: hashlib.sha256(b).hexdigest()


def read_gguf(path):
    r = gguf.GGUFReader(path)
    out = {}
    for t in r.tensors:
        x = gguf.quants.dequantize(t.data, t.tensor_type).astype("<f4")
        out[t.name] = [t.tensor_type.name.lower(), [int(d) for d in reversed(t.shape)], sha(x.tobytes())]
    return {"sha256": sha(open(path, "rb").read()), "keys": [k for k in r.fields if not k.startswith("GGUF.")], "tensors": out}


def read_safetensors(path):
    out = {}
    with safe_open(path, "pt") as f:
        for name in f.keys():
            x = f.get_tensor(name)
            out[name] = [str(x.dtype).removeprefix("torch."), list(x.shape), sha(x.to(torch.float32).numpy().astype("<f4").tobytes())]
        meta = f.metadata()
    return {"sha256": sha(open(path, "rb").read()), "metadata": meta, "tensors": out}


def linears(folder, how):
    """codes and scale of every projection, as transformers' forward uses them"""
    w = safetensors.torch.load_file(os.path.join(there, folder, "model.safetensors"))
    out = {}
    for name, x in w.items():
        if "_proj" not in name or name.endswith("_scale"):
            continue
        if how == "online":
            q = WeightQuant.apply(x)
            codes, scale = torch.sign(q).to(torch.int8), q.abs().max().float()
        else:
            codes, scale = unpack_weights(x, dtype=torch.bfloat16).to(torch.int8), w[name + "_scale"].float()[0]
            if how == "bitlinear":  # BitLinear.post_quant_process divides by it
                scale = 1 / scale
        out[name] = [sha(codes.numpy().tobytes()), float(scale).hex()]
    return out


def logits(folder):
    model = AutoModelForCausalLM.from_pretrained(os.path.join(there, folder), dtype=torch.bfloat16)
    with torch.no_grad():
        return model(torch.tensor([[256, 72, 101, 108, 108, 111]])).logits.float()


def write(name, data):
    with open(os.path.join(here, name), "w") as f:
        json.dump(data, f, separators=(",", ":"))


outputs = {}
for name in sorted(os.listdir(there)):
    path = os.path.join(there, name)
    if name.endswith(".gguf"):
        outputs[name] = read_gguf(path)
    elif name.startswith("hf-"):
        outputs[name] = read_safetensors(os.path.join(path, "model.safetensors"))
write("outputs.json", outputs)
write("transformers.json", {
    "master": linears("master", "online"), "hf-float": linears("hf-float", "online"),
    "hf-packed": linears("hf-packed", "autobitlinear"), "inverse": linears("inverse", "bitlinear"),
})
for name, x in outputs.items():
    print(name, len(x["tensors"]), "tensors")
want = logits("master")
for folder in ("hf-float", "hf-packed"):
    got = logits(folder)
    r = torch.corrcoef(torch.stack([got.flatten(), want.flatten()]))[0, 1]
    print(f"logits of {folder} against the master: max difference {(got - want).abs().max():.4f}, correlation {r:.4f}")
