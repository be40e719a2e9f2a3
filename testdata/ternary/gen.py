"""Writes the goldens of core/ternary: what transformers' own BitNet quantiser and packer make of fixed weights.

Run: python3 gen.py (needs numpy, torch and transformers). The weights are sequences of splitmix64, which the tests
make too. Each case is one line of snap.txt: seed, scale of the weights, rows, columns, whether the weights were rounded to bf16, the scale that transformers
finds (the float32 as hexadecimal bits), the packed codes as hexadecimal.
"""

import os

os.environ["TORCHDYNAMO_DISABLE"] = "1"  # run WeightQuant as written, not compiled

import numpy as np
import torch
from transformers.integrations.bitnet import WeightQuant, pack_weights

HERE = os.path.dirname(os.path.abspath(__file__))


def uniform(n, seed, scale):
    i = np.arange(1, n + 1, dtype=np.uint64)
    z = np.uint64(seed) + i * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.int64) - (1 << 23)).astype(np.float32) / np.float32(1 << 23) * np.float32(scale)


def main():
    with open(os.path.join(HERE, "snap.txt"), "w") as f:
        for seed, scale, rows, cols, bf16 in [
            (1, 0.03125, 64, 96, 0), (2, 1.0, 32, 128, 0), (3, 0.03125, 64, 128, 1), (4, 1e-7, 8, 64, 0), (5, 30000.0, 16, 64, 0), (6, 0.0, 4, 64, 0),
        ]:
            w = torch.from_numpy(uniform(rows * cols, seed, scale).reshape(rows, cols))
            if bf16:
                w = w.to(torch.bfloat16).float()
            snapped = WeightQuant.apply(w)  # codes / (1/b)
            codes = torch.sign(snapped)
            b = w.abs().mean().clamp_(min=1e-5)
            packed = pack_weights(codes.clone())
            bits = (1 / (1.0 / b)).numpy().view(np.uint32)
            nonzero = snapped[codes != 0].abs()
            assert nonzero.numel() == 0 or (nonzero == 1 / (1.0 / b)).all()
            f.write(f"{seed} {scale} {rows} {cols} {bf16} {bits:08x} {packed.numpy().tobytes().hex()}\n")


if __name__ == "__main__":
    main()
