package dtype

// Q2_0: an f16 scale and 64 codes in 16 bytes, four to a byte, the low bits first; code 3 means +2 times the scale and
// is legal in the format, but no trit. Older PrismML files hold 128 codes to a block under the same number: read only.
// Source: ggml-org/ggml d99724f src/ggml-quants.c:74-109, 439-456.

import "github.com/tritkit/tritkit/core/ternary"

var (
	q2     = shape{block: 64, bytes: 18}
	q2G128 = shape{block: 128, bytes: 34}

	q2Blocks     = blocked{name: "q2_0", shape: q2, d: 0, codes: 2, pack: packLinear, unpack: unpackLinear, scan: scan2, bad: firstCode3}
	q2G128Blocks = blocked{name: "q2_0_g128", shape: q2G128, d: 0, codes: 2, unpack: unpackLinear, scan: scan2, bad: firstCode3}
)

func packQ2(dst []byte, m *ternary.Matrix) error       { return q2Blocks.packMatrix(dst, m) }
func unpackQ2(m *ternary.Matrix, src []byte) error     { return q2Blocks.unpackMatrix(m, src) }
func unpackQ2G128(m *ternary.Matrix, src []byte) error { return q2G128Blocks.unpackMatrix(m, src) }
