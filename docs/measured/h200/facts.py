"""What the GPU's matrix units do with integers, and how fast a plain transformers loop trains the 2B-4T shape."""

import json, time, torch, sys

r = {"device": torch.cuda.get_device_name(), "torch": torch.__version__}
d = "cuda"
torch.manual_seed(0)
# integer dot products in bf16 operands with f32 sums, and in int8: equal to int64 sums?
bad = {}
for K in (640, 2560, 6912, 65536, 131072):
    for kind in ("random", "worst"):
        q = torch.randint(-128, 128, (512, K), device=d) if kind == "random" else torch.full((512, K), -128, device=d)
        t = torch.randint(-1, 2, (1024, K), device=d) if kind == "random" else torch.ones((1024, K), device=d, dtype=torch.long)
        want = (q.double() @ t.double().T).long()
        got = torch.mm(q.bfloat16(), t.bfloat16().T, out_dtype=torch.float32).long()
        i8 = torch._int_mm(q.to(torch.int8), t.to(torch.int8).T).long()
        f8 = None
        bad[f"{kind} K={K}"] = {"bf16": int((got != want).sum()), "int8": int((i8 != want).sum())}
r["unequal sums of 524288"] = bad


def clock(f, n=20):
    for _ in range(3):
        f()
    torch.cuda.synchronize()
    s = torch.cuda.Event(True)
    e = torch.cuda.Event(True)
    s.record()
    for _ in range(n):
        f()
    e.record()
    torch.cuda.synchronize()
    return s.elapsed_time(e) / n


for M, N, K in ((65536, 6912, 2560), (65536, 2560, 6912), (1024, 6912, 2560), (1024, 2560, 6912), (1024, 2560, 2560), (1024, 640, 2560)):
    x = torch.randint(-128, 128, (M, K), device=d)
    w = torch.randint(-1, 2, (N, K), device=d)
    xb, wb, x8, w8 = x.bfloat16(), w.bfloat16(), x.to(torch.int8), w.to(torch.int8)
    fl = 2e-9 * M * N * K
    r[f"TFLOP/s {M}x{N}x{K}"] = {
        "bf16 to f32": round(fl / clock(lambda: torch.mm(xb, wb.T, out_dtype=torch.float32))),
        "bf16": round(fl / clock(lambda: torch.mm(xb, wb.T))),
        "int8": round(fl / clock(lambda: torch._int_mm(x8, w8.T))),
    }
    del x, w, xb, wb, x8, w8
a = torch.empty(1 << 31, dtype=torch.uint8, device=d)
b = torch.empty_like(a)
r["copy GB/s, read and written"] = round(2 * a.numel() / 1e6 / clock(lambda: b.copy_(a)))
del a, b
torch.cuda.empty_cache()
print(json.dumps(r), flush=True)
import transformers
from transformers import BitNetConfig, BitNetForCausalLM

r["transformers"] = transformers.__version__
try:
    c = BitNetConfig(
        vocab_size=128256,
        hidden_size=2560,
        intermediate_size=6912,
        num_hidden_layers=30,
        num_attention_heads=20,
        num_key_value_heads=5,
        tie_word_embeddings=True,
    )
    torch.set_default_dtype(torch.bfloat16)
    with torch.device(d):
        m = BitNetForCausalLM(c)
    torch.set_default_dtype(torch.float32)
    from transformers.integrations.bitnet import AutoBitLinear

    for n, mod in list(m.named_modules()):
        if n.endswith("_proj"):
            par = m.get_submodule(n.rsplit(".", 1)[0])
            l = AutoBitLinear(mod.in_features, mod.out_features, bias=False, device="meta", dtype=torch.bfloat16, online_quant=True)
            l.weight = mod.weight
            setattr(par, n.rsplit(".", 1)[1], l)
    opt = torch.optim.AdamW(m.parameters(), lr=1e-5, fused=True)
    m.train()
    for B, T, n in ((8, 128, 12), (8, 2048, 4)):
        torch.cuda.reset_peak_memory_stats()
        ts = []
        for i in range(n):
            ids = torch.randint(0, 128000, (B, T), device=d)
            torch.cuda.synchronize()
            s = time.time()
            l = m(input_ids=ids, labels=ids).loss
            l.backward()
            torch.nn.utils.clip_grad_norm_(m.parameters(), 1.0)
            opt.step()
            opt.zero_grad(set_to_none=True)
            torch.cuda.synchronize()
            ts.append(time.time() - s)
        ts = sorted(ts[2:])
        t = ts[len(ts) // 2]
        r[f"transformers loop {B}x{T}"] = {
            "steps per second": round(1 / t, 2),
            "tokens per second": round(B * T / t),
            "peak GB": round(torch.cuda.max_memory_allocated() / 1e9, 1),
        }
        print(json.dumps(r), flush=True)
except Exception as e:
    r["transformers loop"] = repr(e)[:500]
json.dump(r, open(sys.argv[1], "w"), indent=1)
print(json.dumps(r), flush=True)
