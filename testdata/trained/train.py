"""Trains a BitNet b1.58 model (the graph of transformers' BitNetForCausalLM with online AutoBitLinear) from scratch and
writes it as a Hugging Face folder. One GPU; runs on a CPU too, slowly.

    train.py DATA VAL OUT --vocab N --dim N --layers N --heads N --kv N --ffn N --seconds S ...

DATA and VAL are uint16 token ids, documents packed. Latents are float32; weights are quantised by absmean over all
elements, activations per token to int8 (straight-through); AdamW, two-stage rate and decay as BitNet b1.58 trains.
"""

import argparse, json, math, os, time
import numpy as np, torch
import torch.nn.functional as F
from torch import nn

p = argparse.ArgumentParser()
p.add_argument("data")
p.add_argument("val")
p.add_argument("out")
for n, d in [
    ("vocab", 4096),
    ("dim", 256),
    ("layers", 4),
    ("heads", 4),
    ("kv", 2),
    ("ffn", 768),
    ("seq", 512),
    ("batch", 64),
    ("seed", 1),
    ("bos", 0),
    ("eos", 0),
    ("eval_every", 500),
    ("positions", 2048),
    ("accum", 1),
]:
    p.add_argument("--" + n, type=int, default=d)
for n, d in [("seconds", 60.0), ("lr", 2e-3), ("wd", 0.1), ("limit_tokens", 1e12)]:
    p.add_argument("--" + n, type=float, default=d)
p.add_argument("--master", default="bf16")
p.add_argument("--no-compile", action="store_true")
a = p.parse_args()
start = time.time()
torch.manual_seed(a.seed)
rng = np.random.default_rng(a.seed)
dev = "cuda" if torch.cuda.is_available() else "cpu"
torch.set_float32_matmul_precision("high")


def quant_w(w):  # absmean over all elements, as the snap of bf16 latents does online
    s = w.abs().mean().clamp(min=1e-5)
    return w + ((w / s).round().clamp(-1, 1) * s - w).detach()


def quant_x(x):
    s = 127.0 / x.abs().amax(-1, keepdim=True).clamp(min=1e-5)
    return x + ((x * s).round().clamp(-128, 127) / s - x).detach()


class Norm(nn.Module):
    def __init__(s, n):
        super().__init__()
        s.weight = nn.Parameter(torch.ones(n))

    def forward(s, x):
        y = x.float()
        y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-5)
        return y * s.weight


class BitLinear(nn.Module):
    def __init__(s, i, o):
        super().__init__()
        s.weight = nn.Parameter(torch.randn(o, i) * 0.02)

    def forward(s, x):
        return F.linear(quant_x(x.float()).to(amp), quant_w(s.weight).to(amp)).float()


amp = torch.bfloat16
H, KV, D = a.heads, a.kv, a.dim // a.heads


class Attn(nn.Module):
    def __init__(s):
        super().__init__()
        s.q_proj = BitLinear(a.dim, H * D)
        s.k_proj = BitLinear(a.dim, KV * D)
        s.v_proj = BitLinear(a.dim, KV * D)
        s.o_proj = BitLinear(H * D, a.dim)
        s.attn_sub_norm = Norm(a.dim)

    def forward(s, x, cos, sin):
        B, T, _ = x.shape
        q, k, v = (f(x).view(B, T, -1, D).transpose(1, 2) for f in (s.q_proj, s.k_proj, s.v_proj))
        rot = lambda t: t * cos + torch.cat((-t[..., D // 2 :], t[..., : D // 2]), -1) * sin
        q, k = rot(q).to(amp), rot(k).to(amp)
        k, v = (t.to(amp).repeat_interleave(H // KV, 1) for t in (k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, T, -1)
        return s.o_proj(s.attn_sub_norm(y))


class MLP(nn.Module):
    def __init__(s):
        super().__init__()
        s.gate_proj = BitLinear(a.dim, a.ffn)
        s.up_proj = BitLinear(a.dim, a.ffn)
        s.down_proj = BitLinear(a.ffn, a.dim)
        s.ffn_sub_norm = Norm(a.ffn)

    def forward(s, x):
        return s.down_proj(s.ffn_sub_norm(F.relu(s.gate_proj(x)).square() * s.up_proj(x)))


class Layer(nn.Module):
    def __init__(s):
        super().__init__()
        s.self_attn = Attn()
        s.mlp = MLP()
        s.input_layernorm = Norm(a.dim)
        s.post_attention_layernorm = Norm(a.dim)

    def forward(s, x, cos, sin):
        x = x + s.self_attn(s.input_layernorm(x), cos, sin)
        return x + s.mlp(s.post_attention_layernorm(x))


class Model(nn.Module):
    def __init__(s):
        super().__init__()
        s.embed_tokens = nn.Embedding(a.vocab, a.dim)
        nn.init.normal_(s.embed_tokens.weight, std=0.02)
        s.layers = nn.ModuleList(Layer() for _ in range(a.layers))
        s.norm = Norm(a.dim)
        f = 1.0 / (500000.0 ** (torch.arange(0, D, 2).float() / D))
        t = torch.outer(torch.arange(a.positions).float(), f)
        s.register_buffer("cos", torch.cat((t, t), -1).cos(), persistent=False)
        s.register_buffer("sin", torch.cat((t, t), -1).sin(), persistent=False)

    def forward(s, ids, targets):
        T = ids.shape[1]
        x = s.embed_tokens(ids).float()
        cos, sin = s.cos[:T], s.sin[:T]
        for l in s.layers:
            x = l(x, cos, sin)
        logits = F.linear(s.norm(x).to(amp), s.embed_tokens.weight.to(amp))
        return F.cross_entropy(logits.float().view(-1, a.vocab), targets.reshape(-1))


m = Model().to(dev)
tern = [w for n, w in m.named_parameters() if n.endswith("proj.weight")]
norms = [w for n, w in m.named_parameters() if "norm" in n]
emb = [m.embed_tokens.weight]
print(
    f"{sum(w.numel() for w in tern)} ternary, {emb[0].numel()} embedding, {sum(w.numel() for w in norms)} norm weights; torch {torch.__version__}, {torch.cuda.get_device_name() if dev == 'cuda' else 'cpu'}",
    flush=True,
)
opt = torch.optim.AdamW(
    [{"params": tern, "wd": a.wd, "k": 1.0}, {"params": emb, "wd": 0.0, "k": 1.0}, {"params": norms, "wd": 0.0, "k": 1.0}],
    lr=a.lr,
    betas=(0.9, 0.95),
    eps=1e-8,
    weight_decay=0.0,
    fused=dev == "cuda",
)
step_fn = m if a.no_compile else torch.compile(m)
data = np.fromfile(a.data, dtype=np.uint16)
val = np.fromfile(a.val, dtype=np.uint16)
gpu = torch.from_numpy(data.astype(np.int32)).to(dev)
gval = torch.from_numpy(val.astype(np.int32)).to(dev)
span = torch.arange(a.seq + 1, device=dev)
g = torch.Generator(device=dev)
g.manual_seed(a.seed)
nwin = (len(data) - 1) // a.seq
perm = torch.randperm(nwin, generator=g, device=dev)
at = 0
epoch = 0


def batch():
    global perm, at, epoch
    if at + a.batch > nwin:
        off = 0
        perm = torch.randperm(nwin, generator=g, device=dev)
        at = 0
        epoch += 1
    o = perm[at : at + a.batch] * a.seq
    at += a.batch
    x = gpu[(o[:, None] + span).clamp(max=len(data) - 1)].long()
    return x[:, :-1], x[:, 1:]


# with gradients enabled, so that the one compiled graph serves
def evaluate(n=64):
    o = torch.linspace(0, len(val) - a.seq - 2, n * 4, device=dev).long()
    tot = 0.0
    for i in range(0, len(o) - a.batch + 1, a.batch):
        x = gval[o[i : i + a.batch, None] + span].long()
        tot += step_fn(x[:, :-1], x[:, 1:]).item()
    return tot / max(1, len(o) // a.batch)


step = tokens = 0
began = None
log = []
frac = 0.0
skipped = 0
mean_loss = None
while frac < 1 and tokens < a.limit_tokens:
    now = time.time()
    if step == 5:
        began = now  # compiled by now
    frac = 0.0 if began is None else (now - began) / max(1e-9, a.seconds - (began - start))
    if frac >= 1:
        break
    # two stages: a high rate that falls a little with decay, then a low one to zero without
    half = frac < 0.5
    lr = a.lr * min(1.0, (step + 1) / 150) * ((1 - 0.4 * frac / 0.5) if half else 0.4 * max(0.01, (1 - frac) / 0.5))
    for q in opt.param_groups:
        q["lr"] = lr * q["k"]
        q["weight_decay"] = q["wd"] if half else 0.0
    loss = 0.0
    for _ in range(a.accum):
        x, y = batch()
        l = step_fn(x, y) / a.accum
        l.backward()
        loss = loss + l.detach()
    norm = torch.nn.utils.clip_grad_norm_(m.parameters(), 1.0)
    opt.step()
    opt.zero_grad(set_to_none=True)
    step += 1
    tokens += a.batch * a.seq * a.accum
    mean_loss = loss if mean_loss is None else 0.98 * mean_loss + 0.02 * loss
    if step % 100 == 0 or step < 4:
        ml = float(mean_loss)
        if not math.isfinite(ml):
            raise SystemExit("loss is not finite")
        e = evaluate() if step % a.eval_every == 0 else None
        rate = 0 if began is None else (tokens - 5 * a.batch * a.seq * a.accum) / (time.time() - began)
        log.append(
            {
                "step": step,
                "tokens": tokens,
                "loss": round(ml, 4),
                "val": e and round(e, 4),
                "lr": lr,
                "norm": round(float(norm), 3),
                "seconds": round(time.time() - start, 1),
                "tokens_per_second": round(rate),
            }
        )
        print(json.dumps(log[-1]), flush=True)
final = evaluate(256)
mem = torch.cuda.max_memory_allocated() / 1e9 if dev == "cuda" else 0
print(
    f"done: {step} steps, {tokens} tokens, {tokens/len(data):.2f} epochs, validation loss {final:.4f} (perplexity {math.exp(final):.2f}), peak {mem:.2f} GB, {time.time()-start:.0f} s",
    flush=True,
)

from safetensors.torch import save_file

os.makedirs(a.out, exist_ok=True)
sd = {"model." + n: w.detach().float().cpu() for n, w in m.state_dict().items()}


def save(path, kind):
    o = {}
    for n, w in sd.items():
        if kind == "packed" and n.endswith("proj.weight"):
            wb = w.to(torch.bfloat16).float()
            s = wb.double().abs().mean().float().clamp(min=1e-5)
            t = ((wb * (1.0 / s)).round().clamp(-1, 1) + 1).to(torch.uint8)
            r = t.shape[0] // 4
            o[n] = t[:r] | t[r : 2 * r] << 2 | t[2 * r : 3 * r] << 4 | t[3 * r :] << 6
            o[n + "_scale"] = s.to(torch.bfloat16).reshape(1)
        else:
            o[n] = w.to(torch.bfloat16)
    save_file(o, path, metadata={"format": "pt"})


q = {
    "quant_method": "bitnet",
    "linear_class": "autobitlinear",
    "quantization_mode": "offline" if a.master == "packed" else "online",
    "modules_to_not_convert": None,
}
json.dump(
    {
        "architectures": ["BitNetForCausalLM"],
        "model_type": "bitnet",
        "hidden_act": "relu2",
        "vocab_size": a.vocab,
        "max_position_embeddings": a.positions,
        "hidden_size": a.dim,
        "num_hidden_layers": a.layers,
        "intermediate_size": a.ffn,
        "num_attention_heads": H,
        "num_key_value_heads": KV,
        "rms_norm_eps": 1e-5,
        "rope_theta": 500000.0,
        "bos_token_id": a.bos,
        "eos_token_id": a.eos,
        "tie_word_embeddings": True,
        "initializer_range": 0.02,
        "attention_bias": False,
        "torch_dtype": "bfloat16",
        "use_cache": True,
        "quantization_config": q,
    },
    open(a.out + "/config.json", "w"),
    indent=1,
)
save(a.out + "/model.safetensors", a.master)
json.dump(
    {
        "arguments": {k: v for k, v in vars(a).items() if k not in ("data", "val", "out")},
        "device": torch.cuda.get_device_name() if dev == "cuda" else "cpu",
        "torch": torch.__version__,
        "steps": step,
        "tokens": tokens,
        "epochs": round(tokens / len(data), 2),
        "validation_loss": round(final, 4),
        "peak_gb": round(mem, 2),
        "log": log,
    },
    open(a.out + "/training.json", "w"),
    indent=0,
)
