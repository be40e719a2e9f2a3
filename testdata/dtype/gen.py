"""Writes the goldens of core/dtype: what the Python package gguf, numpy and ggml's own algorithms make of fixed inputs.

Run: python3 gen.py (needs numpy and gguf). Every input is a sequence of splitmix64, so the tests make the same one.
"""

import hashlib
import os

import gguf
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
Q = gguf.GGMLQuantizationType


def splitmix(n, seed):
    """n numbers of splitmix64, as the tests' own."""
    i = np.arange(1, n + 1, dtype=np.uint64)
    z = np.uint64(seed) + i * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def trits(n, seed):
    return (splitmix(n, seed) % np.uint64(3)).astype(np.int8) - np.int8(1)


def floats(n, seed):
    """Float32 values in ±1, exactly n/2^24, with a magnitude that varies from block to block and some exact zeros."""
    z = splitmix(n, seed)
    x = ((z >> np.uint64(40)).astype(np.int64) - (1 << 23)).astype(np.float32) / np.float32(1 << 23)
    scale = np.float32(2) ** -((np.arange(n) // 96) % 11).astype(np.float32)
    x = (x * scale).astype(np.float32)
    x[(z & np.uint64(31)) == 0] = 0
    x[512:768] = 0  # a block of zeros
    return x


def q6k(x):
    """quantize_row_q6_K_ref and make_qx_quants of ggml-org/ggml d99724f src/ggml-quants.c, in float32, unfused."""
    f = np.float32
    tiny = f(1e-15)

    def rne(v):
        return (v + f(12582912)) - f(12582912)

    x = x.reshape(-1, 16, 16)
    at = np.argmax(np.abs(x), axis=2)
    extreme = np.take_along_axis(x, at[..., None], 2)[..., 0]
    empty = np.abs(extreme) < tiny
    extreme = np.where(empty, f(1), extreme)
    w = x * x
    scale = best = chosen = None
    for step in [0] + [i for i in range(-9, 10) if i]:
        inverse = -(f(32) + f(f(0.1) * f(step))) / extreme
        level = np.clip(rne(inverse[..., None] * x), f(-32), f(31))
        lx, l2 = np.zeros_like(extreme), np.zeros_like(extreme)
        for i in range(16):
            lx = lx + (w[..., i] * x[..., i]) * level[..., i]
            l2 = l2 + (w[..., i] * level[..., i]) * level[..., i]
        with np.errstate(divide="ignore", invalid="ignore"):
            s = np.where(l2 > 0, lx / l2, f(0))
        if scale is None:
            scale, best, chosen = s, s * lx, level
            continue
        better = (l2 > 0) & (lx * lx > best * l2)
        scale, best = np.where(better, s, scale), np.where(better, s * lx, best)
        chosen = np.where(better[..., None], level, chosen)
    scale = np.where(empty, f(0), scale)
    level = np.where(empty[..., None], f(0), chosen + f(32))

    top = np.take_along_axis(scale, np.argmax(np.abs(scale), axis=1)[:, None], 1)
    zero = np.abs(top[:, 0]) < tiny
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.where(zero[:, None], f(0), f(-128) / top)
        d16 = np.where(zero, f(0), f(1) / inverse[:, 0]).astype(np.float16)
        sc = np.minimum(f(127), rne(inverse * scale))
        d = d16.astype(f)[:, None] * sc
        again = np.clip(rne(x / d[..., None]), f(-32), f(31)) + f(32)
    level = np.where((d != 0)[..., None], again, level)
    level = np.where(zero[:, None, None], f(0), level).astype(np.uint8).reshape(-1, 2, 4, 32)
    ql = np.concatenate([level[:, :, 0:2] & 15 | level[:, :, 2:4] << 4], axis=2).reshape(-1, 128)
    qh = (level[:, :, 0] >> 4 | level[:, :, 1] >> 4 << 2 | level[:, :, 2] >> 4 << 4 | level[:, :, 3] >> 4 << 6).reshape(-1, 64)
    sc = np.where(zero[:, None], f(0), sc).astype(np.int8).view(np.uint8)
    return np.concatenate([ql, qh, sc, d16.view(np.uint8).reshape(-1, 2)], axis=1).reshape(-1)


def q2_0(x):
    """quantize_row_q2_0_ref of ggml-org/ggml d99724f src/ggml-quants.c:74-109, for ternary x."""
    x = x.reshape(-1, 64)
    d = np.abs(x).max(axis=1, keepdims=True)
    code = (np.sign(x) + 1).astype(np.uint8).reshape(-1, 16, 4)
    qs = code[..., 0] | code[..., 1] << 2 | code[..., 2] << 4 | code[..., 3] << 6
    return np.concatenate([d.astype(np.float16).view(np.uint8), qs], axis=1).reshape(-1)


def main():
    n = 256 * 40
    w = (trits(n, 1).astype(np.float32) * np.float32(0.0546875)).astype(np.float32)
    w[512:768] = 0
    x = floats(n, 2)
    out = {
        "tq1_0": gguf.quantize(w, Q.TQ1_0),
        "tq2_0": gguf.quantize(w, Q.TQ2_0),
        "q2_0": q2_0(w),
        "q8_0": gguf.quantize(x, Q.Q8_0),
        "q6_k": q6k(x),
        "bf16": gguf.quantize(x, Q.BF16),
        "f16": gguf.quantize(x, Q.F16),
    }
    out["q8_0.decoded"] = gguf.dequantize(out["q8_0"], Q.Q8_0)
    out["q6_k.decoded"] = gguf.dequantize(out["q6_k"], Q.Q6_K)
    noise = splitmix(210 * 40 // 8, 3).view(np.uint8).copy()
    noise.reshape(-1, 210)[:, 209] &= 0x3B  # finite, no NaN to compare
    out["q6_k.noise.decoded"] = gguf.dequantize(noise, Q.Q6_K)

    # Every f16 as float32, and the f16 and bf16 of float32 values around every rounding boundary.
    every = np.arange(1 << 16, dtype=np.uint16)
    out["f16.every"] = np.nan_to_num(every.view(np.float16).astype(np.float32), nan=0, posinf=np.inf, neginf=-np.inf)
    edges = (every.astype(np.uint32) << np.uint32(16))[:, None] + np.array([0, 1, 0xFFF, 0x1000, 0x1001, 0x2FFF, 0x3000, 0x7FFF, 0x8000, 0x8001, 0xFFFF], np.uint32)
    edges = edges.reshape(-1).view(np.float32)
    edges = edges[np.isfinite(edges)]
    with np.errstate(over="ignore"):
        out["f16.edges"] = edges.astype(np.float16)
    b = edges.view(np.uint32).astype(np.uint64)
    out["bf16.edges"] = ((b + 0x7FFF + (b >> 16 & 1)) >> 16).astype(np.uint16)

    with open(os.path.join(HERE, "sha256"), "w") as f:
        for name, data in out.items():
            data = np.ascontiguousarray(data)
            f.write(f"{hashlib.sha256(data.tobytes()).hexdigest()}  {name}\n")


if __name__ == "__main__":
    main()
