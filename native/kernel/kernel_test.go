package kernel

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/ternary"
)

// eachKernel runs a test for every kernel of this machine, and for the twins that only tests use.
func eachKernel(t *testing.T, do func(t *testing.T, k *Kernel, r *rand.Rand)) {
	for _, k := range append(available(), twins()...) {
		t.Run(k.Name, func(t *testing.T) { do(t, k, rand.New(rand.NewPCG(1, 2))) })
	}
}

// trits draws rows x cols trits; of kind 1 all are +1, of kind 2 all -1.
func trits(r *rand.Rand, n, kind int) []int8 {
	t := make([]int8, n)
	for i := range t {
		t[i] = [...]int8{int8(r.IntN(3) - 1), 1, -1}[kind]
	}
	return t
}

// activations draws n of them; of kind 1 all are 127, of kind 2 all -127, of kind 3 all -128.
func activations(r *rand.Rand, n, kind int) []int8 {
	q := make([]int8, n)
	for i := range q {
		q[i] = [...]int8{int8(r.IntN(256) - 128), 127, -127, -128}[kind]
	}
	return q
}

func (k *Kernel) packTest(t []int8, rows, cols int) []byte {
	w := make([]byte, k.PackedSize(rows, cols))
	for a := 0; a < rows; a += k.Rows {
		n := min(k.Rows, rows-a)
		k.PackTrits(w[a*cols/4:][:k.Rows*cols/4], t[a*cols:(a+n)*cols], n, cols)
	}
	return w
}

var shapes = []struct{ rows, cols int }{{1, 16}, {16, 16}, {33, 48}, {16, 128}, {48, 272}, {80, 640}, {16, 6912}, {40, 2560}}

func TestDotIsTheSumOfTritsTimesActivations(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *Kernel, r *rand.Rand) {
		for _, s := range shapes {
			for kind := range 12 {
				w, q := trits(r, s.rows*s.cols, kind%3), activations(r, s.cols, kind%4)
				packed := k.packTest(w, s.rows, s.cols)
				d := make([]int32, k.PaddedRows(s.rows))
				k.Dot(d, packed, q)
				total := int32(0)
				for _, v := range q {
					total += int32(v)
				}
				for i := range d {
					want := int32(0)
					for c := 0; c < s.cols && i < s.rows; c++ {
						want += int32(w[i*s.cols+c]) * int32(q[c])
					}
					if d[i]-total != want {
						t.Fatalf("%v, kind %d, row %d: %d, want %d", s, kind, i, d[i]-total, want)
					}
				}
			}
		}
	})
}

func TestDotI2SIsDot(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *Kernel, r *rand.Rand) {
		for _, cols := range []int{128, 384, 640, 2560, 6912} {
			for kind := range 9 {
				rows := k.Rows
				w, q := trits(r, rows*cols, kind%3), activations(r, cols, kind/3)
				m := ternary.Matrix{Rows: rows, Cols: cols, Trits: w, Scale: []float32{1}}
				raw := make([]byte, rows*cols/4+32)
				require.NoError(t, dtype.Lookup(dtype.I2_S).Pack(raw, &m))
				want, have := make([]int32, rows), make([]int32, rows)
				k.Dot(want, k.packTest(w, rows, cols), q)
				k.DotI2S(have, raw[:rows*cols/4], q)
				require.Equal(t, want, have, "cols %d kind %d", cols, kind)
			}
		}
	})
}

func TestTilesEqualDots(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *Kernel, r *rand.Rand) {
		for _, s := range shapes {
			for _, tokens := range k.Tile {
				for kind := range 12 {
					rows := k.PaddedRows(s.rows)
					packed := k.packTest(trits(r, s.rows*s.cols, kind%3), s.rows, s.cols)
					have := tokens - kind%2*(tokens/2) // half the time some tokens are not there
					q := activations(r, have*s.cols, kind%4)
					in := make([]int8, tokens*s.cols)
					Interleave(in, q, have, s.cols, s.cols, tokens)
					d := make([]int32, tokens*rows+8)
					d[tokens*rows] = 77
					k.DotTile(d[:tokens*rows], packed, in, tokens)
					require.EqualValues(t, 77, d[tokens*rows])
					want := make([]int32, rows)
					for i := range tokens {
						clear(want)
						if i < have {
							k.Dot(want, packed, q[i*s.cols:(i+1)*s.cols])
						}
						require.Equal(t, want, d[i*rows:(i+1)*rows], "%v tokens %d kind %d token %d", s, tokens, kind, i)
					}
				}
			}
		}
	})
}

func TestHead(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *Kernel, r *rand.Rand) {
		for _, cols := range []int{4, 12, 16, 64, 100, 2560} {
			for kind := range 9 {
				rows := 2*k.Rows - kind%3
				w, q := activations(r, rows*cols, kind%3), activations(r, cols, kind/3)
				for i := range w {
					w[i] = max(w[i], -127)
				}
				for i := range q {
					q[i] = max(q[i], -127)
				}
				packed, sums := make([]int8, 2*k.Rows*cols), make([]int32, 2*k.Rows)
				w = append(w, make([]int8, 2*k.Rows*cols-len(w))...)
				for i, v := range w {
					sums[i/cols] += 128 * int32(v)
				}
				k.PackHead(packed[:k.Rows*cols], w[:k.Rows*cols], cols)
				k.PackHead(packed[k.Rows*cols:], w[k.Rows*cols:], cols)
				d := make([]int32, 2*k.Rows)
				k.Head(d, packed, q, sums)
				for i := range d {
					want := int32(0)
					for c := 0; c < cols && i < rows; c++ {
						want += int32(w[i*cols+c]) * int32(q[c])
					}
					require.Equal(t, want, d[i], "cols %d kind %d row %d", cols, kind, i)
				}
			}
		}
	})
}

// TestTheLargestSumsFit fills rows as long as may be with one trit and one activation: nothing between the bytes and the
// 32-bit sum may overflow or saturate.
func TestTheLargestSumsFit(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *Kernel, _ *rand.Rand) {
		fill := func(n int, x int8) []int8 {
			q := make([]int8, n)
			for i := range q {
				q[i] = x
			}
			return q
		}
		all := func(d []int32, want int) {
			t.Helper()
			for i, x := range d {
				if int(x) != want {
					t.Fatalf("sum %d is %d, want %d", i, x, want)
				}
			}
		}
		for _, cols := range []int{6912, 131072, 1<<19 - 128, 1<<19 - 16} {
			for trit := -1; trit <= 1; trit++ {
				w := bytes.Repeat([]byte{byte(0x55 * (trit + 1))}, k.Rows*cols/4)
				for _, q := range []int8{127, -127, -128} {
					want := (trit + 1) * int(q) * cols
					d := make([]int32, k.Rows)
					k.Dot(d, w, fill(cols, q))
					all(d, want)
					if cols%128 == 0 {
						k.DotI2S(d, w, fill(cols, q))
						all(d, want)
					}
					for _, tokens := range k.Tile {
						d := make([]int32, tokens*k.Rows)
						k.DotTile(d, w, fill(tokens*cols, q), tokens)
						all(d, want)
					}
				}
			}
		}
		const cols = 1 << 17
		for _, w := range []int8{127, -127} {
			packed, sums := make([]int8, k.Rows*cols), make([]int32, k.Rows)
			k.PackHead(packed, fill(k.Rows*cols, w), cols)
			for i := range sums {
				sums[i] = 128 * int32(w) * cols
			}
			for _, q := range []int8{127, -127} {
				d := make([]int32, k.Rows)
				k.Head(d, packed, fill(cols, q), sums)
				all(d, int(w)*int(q)*cols)
			}
		}
	})
}

// TestScreen holds sums of 4-bit codes to their definition, at the most that columns and their halves can reach too.
func TestScreen(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *Kernel, r *rand.Rand) {
		for _, cols := range []int{16, 48, 64, 80, 2560, 1 << 17} {
			for kind := range 12 {
				rows := 2 * k.Rows
				if cols > 4096 {
					rows = k.Rows
				}
				codes, q := make([]int8, rows*cols), activations(r, cols, kind%4)
				for i := range codes {
					codes[i] = [...]int8{int8(r.IntN(16)), 15, int8(i % 8 / 4 * 15)}[kind/4]
				}
				packed := make([]byte, rows*cols/2)
				for a := 0; a < rows; a += k.Rows {
					k.PackScreen(packed[a*cols/2:][:k.Rows*cols/2], codes[a*cols:][:k.Rows*cols], cols)
				}
				d := make([]int32, rows)
				k.Screen(d, packed, q)
				for i := range d {
					want := int32(0)
					for c, x := range q {
						want += int32(codes[i*cols+c]) * int32(x)
					}
					if d[i] != want {
						t.Fatalf("cols %d kind %d row %d: %d, want %d", cols, kind, i, d[i], want)
					}
				}
			}
		}
	})
}

func TestPackCodesEqualsPackTrits(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *Kernel, r *rand.Rand) {
		for _, rows := range []int{k.Rows, 1, k.Rows - 1} {
			const cols = 384
			w := trits(r, rows*cols, 0)
			codes := make([]byte, rows*cols/4)
			require.NoError(t, dtype.CodesOfTrits(codes, w))
			a, b := make([]byte, k.Rows*cols/4), make([]byte, k.Rows*cols/4)
			k.PackCodes(a, codes, rows, cols)
			k.PackTrits(b, w, rows, cols)
			require.Equal(t, b, a)

			m := ternary.Matrix{Rows: rows, Cols: cols, Trits: w, Scale: []float32{1}}
			raw := make([]byte, rows*cols/4+32)
			require.NoError(t, dtype.Lookup(dtype.I2_S).Pack(raw, &m))
			raw = raw[:rows*cols/4]
			clear(a)
			require.True(t, k.PackI2S(a, raw, rows, cols))
			require.Equal(t, b, a)
			raw[r.IntN(len(raw))] |= 3 << (2 * r.IntN(4))
			require.False(t, k.PackI2S(a, raw, rows, cols), "a code 3")
		}
	})
}

// numbers draws floats of all sizes; the first are those where rounding and signs are delicate.
func numbers(r *rand.Rand, n int) []float32 {
	special := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 126.5, -126.5, 127.49, 1e-30, 3e-39}
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64() * math.Exp2(float64(r.IntN(12)-6)))
		if i < len(special) {
			x[i] = special[i]
		}
	}
	r.Shuffle(n, func(i, j int) { x[i], x[j] = x[j], x[i] })
	return x
}

func bits(x []float32) []uint32 { return unsafe.Slice((*uint32)(unsafe.Pointer(&x[0])), len(x)) }

// same demands equal bits.
func same(t *testing.T, want, have []float32, what string) {
	t.Helper()
	for i, x := range bits(want) {
		if y := bits(have)[i]; x != y {
			t.Fatalf("%s: element %d is %g, want %g", what, i, have[i], want[i])
		}
	}
}

func TestFloatStepsHaveTheBitsOfPlainGo(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *Kernel, r *rand.Rand) {
		for _, n := range []int{16, 48, 64, 256, 2560, 6912} {
			x, w, u := numbers(r, n), numbers(r, n), numbers(r, n)
			a, b := make([]float32, n), make([]float32, n)
			require.Equal(t, math.Float64bits(Generic.Squares(x)), math.Float64bits(k.Squares(x)))
			same(t, []float32{Generic.Norm(a, x, w, 0.37), Generic.AbsMax(x)}, []float32{k.Norm(b, x, w, 0.37), k.AbsMax(x)}, "norm")
			same(t, a, b, "norm")
			qa, qb := make([]int8, n), make([]int8, n)
			for _, s := range []float32{1, 127 / Generic.AbsMax(x), 40, 4e6 / Generic.AbsMax(x)} { // the last: as large as may be
				require.Equal(t, Generic.Quantize(qa, x, s), k.Quantize(qb, x, s))
				require.Equal(t, qa, qb)
			}
			Generic.ReLU2(a, x, u)
			k.ReLU2(b, x, u)
			same(t, a, b, "relu2")
			Generic.Add(a, x)
			k.Add(b, x)
			same(t, a, b, "add")
			Generic.Mul(a, w)
			k.Mul(b, w)
			same(t, a, b, "mul")
			Generic.Widen8(a, qa)
			k.Widen8(b, qa)
			same(t, a, b, "widen8")
			d := make([]int32, n)
			for i := range d {
				d[i] = r.Int32() - 1<<30
			}
			Generic.Scale(a, d, 12345, 3.3, 0.017)
			k.Scale(b, d, 12345, 3.3, 0.017)
			same(t, a, b, "scale")
			Generic.ScaleEach(a, d, w, 3.3)
			k.ScaleEach(b, d, w, 3.3)
			same(t, a, b, "scaleEach")
			ha, hb := make([]uint16, n), make([]uint16, n)
			Generic.Narrow(ha, x)
			k.Narrow(hb, x)
			require.Equal(t, ha, hb)
			Generic.Widen(a, ha)
			k.Widen(b, ha)
			same(t, a, b, "widen")
		}
	})
}

func TestEveryHalfWidens(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *Kernel, _ *rand.Rand) {
		h := make([]uint16, 0, 1<<16)
		for i := range 1 << 16 {
			if i>>10&31 == 31 && i&1023 != 0 {
				i = 0 // NaN: a checkpoint with one is refused
			}
			h = append(h, uint16(i))
		}
		y := make([]float32, len(h))
		k.Widen(y, h)
		for i := range y {
			require.Equal(t, math.Float32bits(dtype.FromF16(h[i])), math.Float32bits(y[i]))
		}
	})
}

// TestNarrowRoundsAsPlainGo tries each half, the middle between it and the next, and the numbers beside both.
func TestNarrowRoundsAsPlainGo(t *testing.T) {
	var x []float32
	for h := range uint16(0x7c00) {
		a := dtype.FromF16(h)
		b := a + (a - dtype.FromF16(max(h, 1)-1)) // the next, or near it
		for _, v := range []float32{a, (a + b) / 2, b} {
			x = append(x, v, math.Nextafter32(v, 0), -math.Nextafter32(v, 1e9))
		}
	}
	x = append(x, 65504, 65519.9, 65520, -65520, 1e9, -3e38, float32(math.Inf(1)), float32(math.Inf(-1)))
	x = append(x, make([]float32, (Lanes-len(x)%Lanes)%Lanes)...)
	eachKernel(t, func(t *testing.T, k *Kernel, _ *rand.Rand) {
		y := make([]uint16, len(x))
		k.Narrow(y, x)
		for i, h := range y {
			if want := dtype.ToF16(x[i]); h != want {
				t.Fatalf("%g became %#x, want %#x", x[i], h, want)
			}
		}
	})
}

func TestStreamReadSeesEveryByte(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *Kernel, _ *rand.Rand) {
		b := make([]byte, 768)
		require.Zero(t, k.StreamRead(b))
		for i := range b {
			b[i] = 1 << (i % 8)
			require.Equal(t, Generic.StreamRead(b), k.StreamRead(b), "byte %d", i)
			b[i] = 0
		}
	})
}

func TestMatrixProductsAndSoftmaxHaveTheBitsOfPlainGo(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *Kernel, r *rand.Rand) {
		for _, s := range []struct{ n, depth, lda int }{{32, 1, 1}, {64, 128, 128}, {64, 100, 112}, {128, 64, 64}, {96, 7, 64}, {256, 63, 64}} {
			a, b := numbers(r, 3*s.lda+s.depth), numbers(r, s.depth*s.n)
			c := numbers(r, Queries*s.n)
			d := append([]float32(nil), c...)
			Generic.MulAdd(c, a, b, s.lda, s.depth)
			k.MulAdd(d, a, b, s.lda, s.depth)
			same(t, c, d, "mulAdd")
		}
		for range 100 {
			a := numbers(r, Keys)
			for i := r.IntN(Keys); i < Keys; i++ {
				a[i] = float32(math.Inf(-1))
			}
			a[0] = 1
			b := append([]float32(nil), a...)
			before := []float32{float32(math.Inf(-1)), 0, 90, -300}[r.IntN(4)]
			ma, sa := Generic.Softmax(a, 0.3, before)
			mb, sb := k.Softmax(b, 0.3, before)
			same(t, []float32{ma, sa}, []float32{mb, sb}, "softmax")
			same(t, a, b, "softmax")
		}
		for _, s := range []struct{ rows, n int }{{1, 16}, {5, 64}, {3, 2560}} {
			w, x := make([]uint16, s.rows*s.n), numbers(r, 4*s.n)
			Generic.Narrow(w, numbers(r, s.rows*s.n/16*16))
			a, b := make([]float32, 4*s.rows), make([]float32, 4*s.rows)
			Generic.DotF16(a[:s.rows], w, x[:s.n])
			k.DotF16(b[:s.rows], w, x[:s.n])
			same(t, a, b, "dotF16")
			Generic.DotF16x4(a, w, x)
			k.DotF16x4(b, w, x)
			same(t, a, b, "dotF16x4")
		}
	})
}

func TestExpIsCloseToTheTrueOne(t *testing.T) {
	for x := float32(-86); x < 88; x += 0.0137 {
		want := math.Exp(float64(x))
		require.InEpsilon(t, want, float64(Exp(x)), 3e-7, "x = %g", x) // half a unit of float32 in r, its polynomial's 1.2e-7
	}
	require.Zero(t, Exp(-87))
	require.Zero(t, Exp(float32(math.Inf(-1))))
}

func TestWrongLengthsPanicBeforeTheAssembly(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *Kernel, _ *rand.Rand) {
		require.Panics(t, func() { k.Dot(make([]int32, k.Rows), make([]byte, 16), make([]int8, 32)) })
		require.Panics(t, func() { k.DotTile(make([]int32, 3*k.Rows), make([]byte, 48*k.Rows), make([]int8, 48), 3) })
		require.Panics(t, func() { k.Screen(make([]int32, k.Rows), make([]byte, 16*k.Rows), make([]int8, 16)) })
		require.Panics(t, func() { k.Add(make([]float32, 16), make([]float32, 32)) })
		require.Panics(t, func() { k.Add(make([]float32, 8), make([]float32, 8)) })
		require.Panics(t, func() { k.MulAdd(make([]float32, 4*16), make([]float32, 4), make([]float32, 16), 1, 1) })
		require.Panics(t, func() { k.StreamRead(make([]byte, 100)) })
	})
}

func TestByName(t *testing.T) {
	for _, k := range All() {
		have, err := ByName(k.Name)
		require.NoError(t, err)
		require.Same(t, k, have)
	}
	require.Same(t, Generic, All()[len(All())-1])
	_, err := ByName("sse9")
	require.ErrorContains(t, err, "generic")
}
