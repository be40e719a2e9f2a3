package dtype

// TQ2_0: 256 trits in qs[64] and an f16 scale; bits 2n+1:2n of qs[32h+m] hold element 128h+32n+m, the low bits first,
// the reverse of I2_S. Source: ggml-org/ggml d99724f src/ggml-quants.c:2382-2409, 2467-2486.

import "github.com/tritkit/tritkit/core/ternary"

var tq2 = shape{block: 256, bytes: 66}

var tq2Blocks = blocked{name: "tq2_0", shape: tq2, d: 64, pack: packTQ2Block, unpack: unpackTQ2Block, scan: scan2, bad: firstCode3}

func packTQ2(dst []byte, m *ternary.Matrix) error   { return tq2Blocks.packMatrix(dst, m) }
func unpackTQ2(m *ternary.Matrix, src []byte) error { return tq2Blocks.unpackMatrix(m, src) }

func packTQ2Block(qs []byte, t []int8) seen {
	a := interleave(qs[:32], t, t[32:], t[64:], t[96:])
	b := interleave(qs[32:64], t[128:], t[160:], t[192:], t[224:])
	return seen{a.nonzero | b.nonzero, a.bad | b.bad}
}

func unpackTQ2Block(t []int8, qs []byte) {
	deinterleave(t, t[32:], t[64:], t[96:], qs[:32])
	deinterleave(t[128:], t[160:], t[192:], t[224:], qs[32:64])
}
