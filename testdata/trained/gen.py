"""What transformers says of the model of this folder, as it deploys: writes transformers.json.

    trit snap . -o /tmp/packed && python3 gen.py /tmp/packed

The packed form, because its scales are the bfloat16 ones that every export has; the master's, which transformers computes
in every forward, are those before that rounding in float32. Float32 on a CPU, eager attention, keys (after RoPE) and
values rounded to half precision, as the KV cache of ours holds them.

nll     of each target of text.txt as `trit perplexity --protocol rpt` takes them
online  the mean of the same with the master and its own scales
greedy  the likeliest tokens after each prompt, BOS before it; margin: by how much the closest of them won
"""

import json
import os
import sys

os.environ["TORCHDYNAMO_DISABLE"] = "1"

import torch
import transformers
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, DynamicCache

TOKENS = 16
PROMPTS = ["In the beginning", "The function returns", "It is a truth universally acknowledged", "If the file does not exist,"]
here = os.path.dirname(os.path.abspath(__file__))
tokenizer = Tokenizer.from_file(os.path.join(here, "tokenizer.json"))


class HalfCache(DynamicCache):
    def update(self, keys, values, *args, **kwargs):
        half = lambda x: x.to(torch.float16).to(x.dtype)
        return super().update(half(keys), half(values), *args, **kwargs)


def load(folder, layer):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    assert type(model.model.layers[0].mlp.up_proj).__name__ == layer
    for x in [*model.parameters(), *model.buffers()]:  # of a packed model it leaves norms and embedding as they are
        if x.is_floating_point() and x is not model.model.rotary_emb.inv_freq:
            x.data = x.data.to(torch.float32)
    return model


def forward(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids]), cache=HalfCache(config=model.config), use_cache=True).logits[0].float()


def losses(model):
    with open(os.path.join(here, "text.txt"), encoding="utf-8") as f:
        lines = [s.strip() for s in f.read().split("\n")]
    stream = [t for s in lines if len(s) >= 20 for t in tokenizer.encode(s, add_special_tokens=False).ids]
    nll = []
    for at in list(range(0, len(stream) - 128, 128))[:50]:
        chunk = stream[at : at + 128]
        p = forward(model, chunk).log_softmax(-1)
        nll += [-p[i, chunk[i + 1]].item() for i in range(127)]
    return nll


model = load(sys.argv[1], "AutoBitLinear")
greedy, margin = {}, 1e9
for prompt in PROMPTS:
    ids = tokenizer.encode(prompt).ids
    for _ in range(TOKENS):
        top = forward(model, ids)[-1].topk(2)
        margin = min(margin, (top.values[0] - top.values[1]).item())
        ids.append(int(top.indices[0]))
    greedy[prompt] = ids[-TOKENS:]
nll = losses(model)
online = losses(load(here, "AutoBitLinear"))
found = {
    "torch": torch.__version__,
    "transformers": transformers.__version__,
    "greedy": greedy,
    "margin": round(margin, 4),
    "online": sum(online) / len(online),
    "nll": [round(x, 5) for x in nll],
}
with open(os.path.join(here, "transformers.json"), "w") as f:
    json.dump(found, f)
print(len(nll), "targets, perplexity", torch.tensor(nll).mean().exp().item(), "online", torch.tensor(online).mean().exp().item(), "margin", margin)
for p, t in greedy.items():
    print(repr(p + tokenizer.decode(t)))
