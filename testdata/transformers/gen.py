"""Runs tiny BitNet and Llama models with transformers on CPU and records what they compute.

    go test ./native/infer -run TransformersWrites -outputs DIR    (writes the folders)
    python3 gen.py DIR                                             (reads them; writes *.npz, runs.json and perplexity.json here)

DIR is absolute. The models are transformers' own BitNetForCausalLM and LlamaForCausalLM with the layers that their config
asks for, AutoBitLinear or BitLinear, which quantise activations to int8; in float32 where nothing else is said.

runs.json: the prompts, and of each folder the SHA-256 of its weights, its class and its layers' class.
NAME.npz, logits after every token of the prompts of SHORT tokens and after the last KEEP tokens of the LONG one:
    logits     as transformers computes them
    kvf16      with keys (after RoPE) and values rounded to half precision in transformers' cache, as ours holds them:
               apart from the order of sums the same computation
    bfloat16   all of it in bfloat16
    unquantised  kvf16 with the activations as they are: what is wrong, and must be told from what is right
NAME.nodes.npz, of the LONG prompt's kvf16 run at the positions NODES: what goes into and out of each part of the last layer
and of the last norm, by transformers' names; k_proj and v_proj of all positions.
perplexity.json: negative log-likelihoods of text.txt's tokens under the two protocols of `trit perplexity`, kvf16.

transformers compiles its quantisers with torch.compile, whose sums vary with compiler and CPU; they run eagerly here.
"""

import hashlib
import json
import os
import sys

os.environ["TORCHDYNAMO_DISABLE"] = "1"

import numpy as np
import tokenizers
import torch
import transformers
from transformers import AutoModelForCausalLM, DynamicCache
from transformers.integrations import bitnet

here, there = os.path.dirname(os.path.abspath(__file__)), sys.argv[1]
SHORT, LONG, KEEP, NODES = 6, 72, 8, [0, 7, 64, 71]  # 64 keys are one block in the attention of ours
ids = [(i * i * 7 + i * 31 + 11) % 320 for i in range(6 * SHORT + LONG)]
ids[4] = ids[3]  # the same twice
prompts = [ids[i * SHORT : (i + 1) * SHORT] for i in range(6)] + [ids[6 * SHORT :]]
kept = {  # what is recorded of each folder
    "bf16-master": ["logits", "bfloat16"], "f32-master": ["kvf16"], "packed": ["logits", "kvf16", "bfloat16"], "packed-inverse": ["kvf16"],
    "llama-auto": ["logits", "kvf16", "unquantised"], "llama-packed": ["kvf16"], "llama3-rope": ["kvf16"],
}


class HalfCache(DynamicCache):
    def update(self, keys, values, *args, **kwargs):
        half = lambda x: x.to(torch.float16).to(x.dtype)
        return super().update(half(keys), half(values), *args, **kwargs)


def load(name, dtype):
    model = AutoModelForCausalLM.from_pretrained(os.path.join(there, name), dtype=dtype, attn_implementation="eager").eval()
    for x in [*model.parameters(), *model.buffers()]:  # of a packed model it leaves norms and embedding as they are
        if x.is_floating_point() and x is not model.model.rotary_emb.inv_freq:
            x.data = x.data.to(dtype)
    return model


def forward(model, tokens, half):
    cache = HalfCache(config=model.config) if half else None
    with torch.no_grad():
        return model(torch.tensor([tokens]), cache=cache, use_cache=half).logits[0].float().numpy()


def run(model, half=False):
    rows = [forward(model, p, half) for p in prompts]
    rows[-1] = rows[-1][-KEEP:]
    return np.concatenate(rows)


def nodes(model):
    seen = {}
    parts = [*model.model.layers[-1].named_modules(), ("norm", model.model.norm)]
    for name, m in parts:
        name = name.split(".")[-1]
        if name.endswith(("norm", "proj")):
            m.register_forward_hook(lambda m, args, out, name=name: seen.update({name + ".in": args[0][0].numpy().copy(), name: out[0].numpy().copy()}))
    forward(model, prompts[-1], True)
    same = {"q_proj": "input_layernorm", "k_proj": "input_layernorm", "v_proj": "input_layernorm", "o_proj": "attn_sub_norm",
            "gate_proj": "post_attention_layernorm", "up_proj": "post_attention_layernorm", "down_proj": "ffn_sub_norm"}
    for to, of in same.items():  # an input that is another's output is not kept
        if of in seen:
            assert (seen[to + ".in"] == seen[of]).all()
            del seen[to + ".in"]
    return {name: x if name in ("k_proj", "v_proj") else x[NODES] for name, x in seen.items()}


def nll(logits, target):
    return round(-torch.log_softmax(torch.from_numpy(logits).double(), 0)[target].item(), 7)


def perplexity(name):
    model = load(name, torch.float32)
    with open(os.path.join(there, name, "tokenizer.json"), encoding="utf-8") as f:
        spec = json.load(f)
    for token in spec["added_tokens"]:  # the package demands what our generator leaves out
        token |= {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    spec["pre_tokenizer"]["pretokenizers"][1] |= {"trim_offsets": True, "use_regex": False}
    enc = tokenizers.Tokenizer.from_str(json.dumps(spec))
    with open(os.path.join(here, "text.txt"), encoding="utf-8") as f:
        text = f.read()
    encode = lambda s: enc.encode(s, add_special_tokens=False).ids
    bos, n, llama, rpt = model.config.bos_token_id, 16, [], []
    whole = [bos] + encode(text)
    for at in range(0, len(whole) - n + 1, n):  # llama-perplexity: whole chunks, of which the second half is predicted
        chunk = [bos] + whole[at + 1 : at + n]
        logits = forward(model, chunk, True)
        llama += [nll(logits[i], chunk[i + 1]) for i in range(n // 2, n - 1)]
    lines = [s.strip() for s in text.split("\n")]
    stream = [t for s in lines if len(s) >= 20 for t in encode(s)]
    for at in list(range(0, len(stream) - n, n))[:50]:  # RPT: whole chunks, and all but their first token
        chunk = stream[at : at + n]
        logits = forward(model, chunk, True)
        rpt += [nll(logits[i], chunk[i + 1]) for i in range(n - 1)]
    return {"context": n, "llama": llama, "rpt": rpt}


def main():
    torch.set_num_threads(1)
    found = {}
    for name, keys in kept.items():
        model = load(name, torch.float32)
        with open(os.path.join(there, name, "model.safetensors"), "rb") as f:
            sha = hashlib.sha256(f.read()).hexdigest()
        layer = model.model.layers[0].self_attn.q_proj
        found[name] = {"sha256": sha, "model": type(model).__name__, "layer": type(layer).__name__}
        full = {"logits": run(model), "kvf16": run(model, half=True)}
        if "bfloat16" in keys:
            full["bfloat16"] = run(load(name, torch.bfloat16))
        if isinstance(layer, bitnet.AutoBitLinear):
            quantise, bitnet.ActQuant.apply = bitnet.ActQuant.apply, lambda x: x
            full["unquantised"] = run(model, half=True)
            bitnet.ActQuant.apply = quantise
        np.savez_compressed(os.path.join(here, name + ".npz"), **{key: full[key] for key in keys})
        if name in ("packed", "llama-auto"):
            np.savez_compressed(os.path.join(here, name + ".nodes.npz"), **nodes(load(name, torch.float32)))
        for key, x in full.items():
            far, rms = np.abs(x - full["kvf16"]).max(1), np.sqrt(((x - full["kvf16"]) ** 2).mean())
            print(f"{name} {key}: deviation {x.std():.2f}; from kvf16: rms {rms:.1e}, rows {far.min():.1e} to {far.max():.1e}, "
                  f"{(x.argmax(1) == full['kvf16'].argmax(1)).sum()} of {len(x)} best tokens the same")
    with open(os.path.join(here, "runs.json"), "w") as f:
        json.dump({"prompts": prompts, "keep": KEEP, "nodes": NODES, "runs": found}, f, indent=0)
        f.write("\n")
    with open(os.path.join(here, "perplexity.json"), "w") as f:
        json.dump({name: perplexity(name) for name in ("packed", "llama-auto")}, f)
        f.write("\n")
    print("transformers", transformers.__version__, "torch", torch.__version__, "tokenizers", tokenizers.__version__, "numpy", np.__version__)


if __name__ == "__main__":
    main()
