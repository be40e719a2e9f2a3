package kernel

// Plain Go: the meaning of every kernel. No build tag; the assembly is compared with it in one test binary.
//
// Go may fuse a product and a sum into one rounding on some processors. float32(x*y) forbids it: the numbers here are
// the same everywhere.

import (
	"math"
	"unsafe"

	"github.com/tritkit/tritkit/core/dtype"
)

// Generic is the kernel without assembly.
var Generic = &Kernel{
	Name: "generic", Rows: 4, Tile: []int{4},
	dot: dotGeneric, dotI2S: dotI2SGeneric, tile: tileGeneric, head: headGeneric,
	scale: scaleGeneric, scaleEach: scaleEachGeneric,
	squares: squaresGeneric, norm: normGeneric, absMax: absMaxGeneric, quantize: quantizeGeneric,
	relu2: relu2Generic, add: addGeneric, mul: mulGeneric, widen: widenGeneric, widen8: widen8Generic, narrow: narrowGeneric,
	mulAdd: mulAddGeneric, softmax: softmaxGeneric, dotF16: dotF16Generic, dotF16x4: dotF16x4Generic, streamRead: streamReadGeneric,
}

func dotGeneric(d *int32, w *byte, q *int8, blocks, units int) { dotRows(4, d, w, q, blocks, units) }

// dotRows is dot for any n of Rn, so that a test can give any kernel's weights to it.
func dotRows(n int, d *int32, w *byte, q *int8, blocks, units int) {
	ds, ws, qs := unsafe.Slice(d, n*blocks), unsafe.Slice(w, 4*n*blocks*units), unsafe.Slice(q, 16*units)
	for ; len(ds) > 0; ds = ds[n:] {
		block := ds[:n]
		clear(block)
		for u := range units {
			x := (*[16]int8)(qs[16*u:])
			for r := range block {
				b := (*[4]byte)(ws[4*r:])
				sum := block[r]
				for j, v := range b {
					sum += int32(v>>6)*int32(x[j]) + int32(v>>4&3)*int32(x[4+j]) + int32(v>>2&3)*int32(x[8+j]) + int32(v&3)*int32(x[12+j])
				}
				block[r] = sum
			}
			ws = ws[4*n:]
		}
	}
}

func dotI2SGeneric(d *int32, w *byte, q *int8, rows, blocks int) {
	ds, ws := unsafe.Slice(d, rows), unsafe.Slice(w, 32*rows*blocks)
	for r := range ds {
		sum, qs := int32(0), unsafe.Slice(q, 128*blocks)
		for ; len(qs) > 0; qs, ws = qs[128:], ws[32:] {
			x := (*[128]int8)(qs)
			for p, v := range ws[:32] {
				sum += int32(v>>6)*int32(x[p]) + int32(v>>4&3)*int32(x[32+p]) + int32(v>>2&3)*int32(x[64+p]) + int32(v&3)*int32(x[96+p])
			}
		}
		ds[r] = sum
	}
}

func tileGeneric(d *int32, w *byte, q *int8, blocks, units, tokens int) {
	tileRows(4, d, w, q, blocks, units, tokens)
}

// tileRows is dotRows token by token.
func tileRows(n int, d *int32, w *byte, q *int8, blocks, units, tokens int) {
	qs, row := unsafe.Slice(q, 16*units*tokens), make([]int8, 16*units)
	ds := unsafe.Slice(d, n*blocks*tokens)
	for t := range tokens {
		for c := 0; c < len(row); c += 4 {
			copy(row[c:c+4], qs[c*tokens+4*t:])
		}
		dotRows(n, &ds[t*n*blocks], w, &row[0], blocks, units)
	}
}

func headGeneric(d *int32, w, q *int8, _ *int32, blocks, quads int) {
	headRows(4, d, w, q, blocks, quads)
}

func headRows(n int, d *int32, w, q *int8, blocks, quads int) {
	ds, ws, qs := unsafe.Slice(d, n*blocks), unsafe.Slice(w, 4*n*blocks*quads), unsafe.Slice(q, 4*quads)
	for ; len(ds) > 0; ds = ds[n:] {
		block := ds[:n]
		clear(block)
		for u := range quads {
			x := (*[4]int8)(qs[4*u:])
			for r := range block {
				b := (*[4]int8)(ws[4*r:])
				block[r] += int32(b[0])*int32(x[0]) + int32(b[1])*int32(x[1]) + int32(b[2])*int32(x[2]) + int32(b[3])*int32(x[3])
			}
			ws = ws[4*n:]
		}
	}
}

// screenRows is Screen for any n of Rn.
func screenRows(n int, d []int32, w []byte, q []int8) {
	for ; len(d) > 0; d = d[n:] {
		block := d[:n]
		clear(block)
		for c := 0; c < len(q); c += 8 {
			x := (*[8]int8)(q[c:])
			for r := range block {
				b := (*[4]byte)(w[4*r:])
				sum := block[r]
				for j, v := range b {
					sum += int32(v>>4)*int32(x[j]) + int32(v&15)*int32(x[4+j])
				}
				block[r] = sum
			}
			w = w[4*n:]
		}
	}
}

func scaleGeneric(y *float32, d *int32, n int, sum int32, s, scale float32) {
	ys := unsafe.Slice(y, n)
	for i, v := range unsafe.Slice(d, n) {
		ys[i] = float32(v-sum) / s * scale
	}
}

func scaleEachGeneric(y *float32, d *int32, scales *float32, n int, s float32) {
	ys, scale := unsafe.Slice(y, n), unsafe.Slice(scales, n)
	for i, v := range unsafe.Slice(d, n) {
		ys[i] = float32(v) / s * scale[i]
	}
}

func squaresGeneric(x *float32, n int) float64 {
	var lanes [Lanes]float64
	for i, v := range unsafe.Slice(x, n) {
		lanes[i%Lanes] += float64(float32(v * v))
	}
	for h := Lanes / 2; h > 0; h /= 2 {
		for i := range h {
			lanes[i] += lanes[i+h]
		}
	}
	return lanes[0]
}

func normGeneric(y, x, w *float32, n int, r float32) float32 {
	ys, ws, most := unsafe.Slice(y, n), unsafe.Slice(w, n), float32(0)
	for i, v := range unsafe.Slice(x, n) {
		z := float32(v*r) * ws[i]
		ys[i] = z
		most = max(most, abs(z))
	}
	return most
}

func absMaxGeneric(x *float32, n int) float32 {
	most := float32(0)
	for _, v := range unsafe.Slice(x, n) {
		most = max(most, abs(v))
	}
	return most
}

// round rounds to the nearest whole number, ties to even, for |v| < 2^22.
func round(v float32) float32 {
	const magic = 3 << 22
	return float32(v+magic) - magic
}

func quantizeGeneric(q *int8, x *float32, n int, s float32) int32 {
	qs, sum := unsafe.Slice(q, n), int32(0)
	for i, v := range unsafe.Slice(x, n) {
		qs[i] = int8(min(max(round(float32(v*s)), -128), 127))
		sum += int32(qs[i])
	}
	return sum
}

func relu2Generic(y, gate, up *float32, n int) {
	ys, ups := unsafe.Slice(y, n), unsafe.Slice(up, n)
	for i, g := range unsafe.Slice(gate, n) {
		g = max(g, 0)
		ys[i] = float32(g*g) * ups[i]
	}
}

func addGeneric(y, x *float32, n int) {
	ys := unsafe.Slice(y, n)
	for i, v := range unsafe.Slice(x, n) {
		ys[i] += v
	}
}

func mulGeneric(y, x *float32, n int) {
	ys := unsafe.Slice(y, n)
	for i, v := range unsafe.Slice(x, n) {
		ys[i] *= v
	}
}

func widen8Generic(y *float32, x *int8, n int) {
	ys := unsafe.Slice(y, n)
	for i, v := range unsafe.Slice(x, n) {
		ys[i] = float32(v)
	}
}

func widenGeneric(y *float32, x *uint16, n int) {
	ys := unsafe.Slice(y, n)
	for i, v := range unsafe.Slice(x, n) {
		ys[i] = dtype.FromF16(v)
	}
}

func narrowGeneric(y *uint16, x *float32, n int) {
	ys := unsafe.Slice(y, n)
	for i, v := range unsafe.Slice(x, n) {
		ys[i] = dtype.ToF16(v)
	}
}

func mulAddGeneric(c, a, b *float32, lda, k, n int) {
	cs, as, bs := unsafe.Slice(c, Queries*n), unsafe.Slice(a, (Queries-1)*lda+k), unsafe.Slice(b, k*n)
	for i := range Queries {
		row := cs[i*n : (i+1)*n]
		for l := range k {
			x, line := as[i*lda+l], bs[l*n:(l+1)*n]
			for j := range row {
				row[j] += float32(x * line[j])
			}
		}
	}
}

func softmaxGeneric(s *float32, scale, m float32) (newMax, sum float32) {
	ss := unsafe.Slice(s, Keys)
	for i, v := range ss {
		ss[i] = float32(v * scale)
		m = max(m, ss[i])
	}
	var lanes [Lanes]float32
	for i, v := range ss {
		ss[i] = Exp(v - m)
		lanes[i%Lanes] += ss[i]
	}
	return m, fold(&lanes)
}

func dotF16Generic(y *float32, w *uint16, x *float32, rows, n int) {
	xs, ws := unsafe.Slice(x, n), unsafe.Slice(w, rows*n)
	for r := range unsafe.Slice(y, rows) {
		var lanes [Lanes]float32
		for i, h := range ws[r*n : (r+1)*n] {
			lanes[i%Lanes] += float32(dtype.FromF16(h) * xs[i])
		}
		unsafe.Slice(y, rows)[r] = fold(&lanes)
	}
}

func dotF16x4Generic(y *float32, w *uint16, x *float32, rows, n int) {
	ys, xs := unsafe.Slice(y, 4*rows), unsafe.Slice(x, 4*n)
	for i := range 4 {
		dotF16Generic(&ys[i*rows], w, &xs[i*n], rows, n)
	}
}

func streamReadGeneric(p *byte, n int) uint64 {
	var x uint64
	for _, v := range unsafe.Slice((*uint64)(unsafe.Pointer(p)), n/8) {
		x |= v
	}
	return x
}

// fold adds lanes in halves.
func fold(lanes *[Lanes]float32) float32 {
	for h := Lanes / 2; h > 0; h /= 2 {
		for i := range h {
			lanes[i] += lanes[i+h]
		}
	}
	return lanes[0]
}

func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

// Constants of Exp, shared with the assembly.
const (
	expLow  = -86 // below it the result is 0
	expHigh = 88  // above it the argument is expHigh
	log2e   = 1.44269504088896341
	ln2Hi   = 0.693359375 // 9 bits: its product with a small whole number is exact
	ln2Lo   = -2.12194440e-4
	expC6   = 1.9875691500e-4 // Cephes expf
	expC5   = 1.3981999507e-3
	expC4   = 8.3334519073e-3
	expC3   = 4.1665795894e-2
	expC2   = 1.6666665459e-1
	expC1   = 5.0000001201e-1
)

// Exp is e^x as the kernels compute it, within 1e-7 of the true value relatively: 2^n·e^r with n = round(x·log2 e),
// |r| ≤ ln2/2 and the polynomial of Cephes' expf. 0 below -86; the value at 88 above it.
func Exp(x float32) float32 {
	if !(x >= expLow) {
		return 0
	}
	x = min(x, expHigh)
	n := round(float32(x * log2e))
	r := x - float32(n*ln2Hi)
	r -= float32(n * ln2Lo)
	p := float32(expC6*r) + expC5
	p = float32(p*r) + expC4
	p = float32(p*r) + expC3
	p = float32(p*r) + expC2
	p = float32(p*r) + expC1
	p = float32(float32(p*r)*r) + r
	p += 1
	return math.Float32frombits(math.Float32bits(p) + uint32(int32(n))<<23)
}
