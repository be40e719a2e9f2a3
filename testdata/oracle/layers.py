"""Records the weights that transformers' own layers multiply by: AutoBitLinear and BitLinear, run forward on CPU.

    go test ./core/convert -run Oracle -outputs DIR    (writes the folders)
    python3 layers.py DIR                              (reads DIR/layers; writes layers.json here)

DIR is absolute. A layer forwarded on the identity gives its weights, scale and direction of scale included: the rows of
the identity pass the layer's int8 activations unchanged (1 is 127/127). So nothing here knows which way a weight_scale
goes. layers.json: of each folder the SHA-256 of its weights' file, and of each linear the codes (SHA-256 of int8) and the
float32 bits of the scale, once in the model's own dtype and once in float32. Printed: how far the logits of a model's other
folders are from those of its first.

transformers compiles these layers with torch.compile, whose CPU loops add up equal float32 values with a relative error of
up to 5e-5 (eager torch: 3e-8), which varies with compiler and CPU; so they run eagerly here.
"""

import hashlib
import json
import os
import sys

os.environ["TORCHDYNAMO_DISABLE"] = "1"

import torch
from transformers import AutoModelForCausalLM
from transformers.integrations.bitnet import AutoBitLinear, BitLinear

here, there = os.path.dirname(os.path.abspath(__file__)), os.path.join(sys.argv[1], "layers")
sha = lambda b: hashlib.sha256(b).hexdigest()
prompt = torch.tensor([[256, 72, 101, 108, 108, 111]])


def load(folder, dtype):
    model = AutoModelForCausalLM.from_pretrained(os.path.join(there, folder), dtype=dtype).eval()
    for x in [*model.parameters(), *model.buffers()]:  # of a packed model it leaves norms and embedding as they are
        if x.is_floating_point():
            x.data = x.data.to(dtype)
    return model


def layers(model):
    return {name + ".weight": m for name, m in model.named_modules() if isinstance(m, (AutoBitLinear, BitLinear))}


def linears(model, dtype):
    """Codes and scale of every quantised layer, as its forward has them."""
    out = {}
    for name, layer in layers(model).items():
        with torch.no_grad():
            w = layer(torch.eye(layer.in_features, dtype=dtype)).T.contiguous()
        assert w.dtype == dtype
        magnitudes = w[w != 0].abs().unique()
        assert len(magnitudes) == 1, (name, magnitudes)
        scale = magnitudes.float().numpy().view("<u4")[0]
        out[name] = [sha(w.sign().to(torch.int8).numpy().tobytes()), f"{scale:08x}"]
    assert out
    return out


def logits(model):
    with torch.no_grad():
        return model(prompt).logits.float()


def main():
    found, groups = {}, {}
    for folder in sorted(os.listdir(there)):
        groups.setdefault(folder.split(".")[0], []).append(folder)
    for first, *others in groups.values():
        want = {}
        for folder in (first, *others):
            with open(os.path.join(there, folder, "config.json")) as f:
                own = getattr(torch, json.load(f)["torch_dtype"])
            with open(os.path.join(there, folder, "model.safetensors"), "rb") as f:
                found[folder] = {"sha256": sha(f.read())}
            for key, dtype in ("own", own), ("float32", torch.float32):
                model = load(folder, dtype)
                found[folder]["layer"] = type(next(iter(layers(model).values()))).__name__
                found[folder][key] = linears(model, dtype)
                got = logits(model)
                want.setdefault(key, got)
                compare(folder, key, got, want[key])
            if hasattr(next(iter(layers(model).values())), "weight_scale") and folder != first:
                for name, layer in layers(model).items():
                    bits = int(found[first]["float32"][name][1], 16)
                    layer.weight_scale.fill_(torch.tensor([bits], dtype=torch.int32).view(torch.float32).item())
                compare(folder, "float32, the first's unrounded scales", logits(model), want["float32"])
    with open(os.path.join(here, "layers.json"), "w") as f:
        json.dump(found, f, indent=0)
        f.write("\n")


def compare(folder, how, got, want):
    if not want.isfinite().all():
        print(f"{folder}, {how}: the first's logits overflow")
        return
    far = ((got - want).norm() / want.norm()).item()
    same = (got.argmax(-1) == want.argmax(-1)).sum().item()
    print(f"{folder}, {how}: relative distance of logits from the first's {far:.1e}, {same} of {prompt.shape[1]} best tokens the same")


if __name__ == "__main__":
    main()
