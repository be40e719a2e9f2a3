package dtype

// Codes against trits: every fast path equals its plain twin.

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/ternary"
	"pgregory.net/rapid"
)

func codesOf(t testing.TB, trits []int8) []byte {
	c := make([]byte, len(trits)/4)
	require.NoError(t, CodesOfTrits(c, trits))
	return c
}

func TestCodesAndTritsAreInverses(t *testing.T) {
	trits := randomTrits(1280, 3)
	got := make([]int8, len(trits))
	TritsOfCodes(got, codesOf(t, trits))
	require.Equal(t, trits, got)
	trits[700] = 2
	require.ErrorContains(t, CodesOfTrits(make([]byte, 320), trits), "element 700 is 2")
}

func TestToCodesAndFromCodesEqualUnpackAndPack(t *testing.T) {
	for _, f := range Formats {
		if f.ToCodes == nil {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				m := drawMatrix(t, 256)
				codes := make([]byte, len(m.Trits)/4)
				require.NoError(t, CodesOfTrits(codes, m.Trits))
				want := pack(t, f, m)
				got := make([]byte, len(want)-f.Tail)
				require.NoError(t, f.FromCodes(got, codes, m.Scale[0]))
				require.Equal(t, want[:len(got)], got)
				back := make([]byte, len(codes))
				require.True(t, f.ToCodes(back, want[:len(want)-f.Tail]))
				require.Equal(t, codes, back)
			})
		})
	}
}

// ToCodes says no exactly where Unpack finds a fault of a code, or of a scale within a block.
func TestToCodesRefusesWhatUnpackRefuses(t *testing.T) {
	for _, f := range Formats {
		if f.ToCodes == nil {
			continue
		}
		m := &ternary.Matrix{Rows: 2, Cols: 256, Trits: randomTrits(512, 5), Scale: []float32{1}}
		clear(m.Trits[:256])
		good := pack(t, f, m)
		body := len(good) - f.Tail
		codes := make([]byte, 128)
		for i := range body {
			for _, b := range []byte{0, 0xff, 0x55, 0xaa, 0x80} {
				src := append([]byte(nil), good...)
				src[i] = b
				inScale := f.Tail == 0 && i%f.Bytes >= f.ScaleAt && i%f.Bytes < f.ScaleAt+2
				err := f.Unpack(&ternary.Matrix{Rows: 2, Cols: 256}, src)
				if inScale && b != 0 && b != 0x80 {
					continue // NaN, Inf and negative scales are found when the scales are read
				}
				require.Equal(t, err == nil, f.ToCodes(codes, src[:body]), "%s byte %d = %#x: %v", f.Name, i, b, err)
			}
		}
	}
}

func TestFromCodesRefusesScalesThatPackRefuses(t *testing.T) {
	m := &ternary.Matrix{Rows: 1, Cols: 256, Trits: randomTrits(256, 5), Scale: []float32{0}}
	codes := codesOf(t, m.Trits)
	for _, scale := range []float32{0, -1, float32(math.NaN()), float32(math.Inf(1)), 1e-30, 1e30, 65504, 65520, 0.5} {
		m.Scale[0] = scale
		for _, f := range Formats {
			if f.FromCodes == nil {
				continue
			}
			size, _ := f.Size(1, 256)
			want := f.Pack(make([]byte, size), m)
			got := f.FromCodes(make([]byte, size-int64(f.Tail)), codes, scale)
			require.Equal(t, want == nil, got == nil, "%s %g", f.Name, scale)
		}
	}
}

func TestPackedHuggingFaceCodesEqualTrits(t *testing.T) {
	m := &ternary.Matrix{Rows: 4, Cols: 384, Trits: randomTrits(4*384, 6), Scale: []float32{1}}
	want := make([]byte, 384)
	require.NoError(t, PackHF(want, m))
	var rows [4][]byte
	for i := range rows {
		rows[i] = codesOf(t, m.Trits[i*384:(i+1)*384])
		got := make([]byte, 96)
		require.True(t, CodesOfHF(got, want, i))
		require.Equal(t, rows[i], got)
	}
	got := make([]byte, 384)
	HFOfCodes(got, rows[0], rows[1], rows[2], rows[3])
	require.Equal(t, want, got)
	want[200] |= 3 << 4
	require.False(t, CodesOfHF(make([]byte, 96), want, 2))
}

func TestCanonicalCodesAndCountsEqualTrits(t *testing.T) {
	trits := randomTrits(4096, 7)
	codes := codesOf(t, trits)
	require.Equal(t, AppendCanonical([]byte{1, 2}, trits), AppendCanonicalCodes([]byte{1, 2}, codes))
	require.Equal(t, ternary.Count(trits), CountCodes(codes))
}

// everyFinite is every finite bf16 value, as many as there are: 65,280.
func everyFinite() []byte {
	var b []byte
	for x := range 1 << 16 {
		if x&0x7f80 != 0x7f80 {
			b = binary.LittleEndian.AppendUint16(b, uint16(x))
		}
	}
	return b
}

// snapBF16 is the slow truth: decode, snap by the threshold.
func snapBF16(t testing.TB, src []byte, threshold uint32) []byte {
	w := make([]float32, len(src)/2)
	decodeBF16(w, src)
	trits := make([]int8, len(w))
	ternary.Codes(trits, w, threshold)
	return codesOf(t, trits)
}

func TestCodesOfBF16EqualTheStraightPathOnEveryValue(t *testing.T) {
	src := everyFinite()
	got := make([]byte, len(src)/8)
	thresholds := []uint32{1, 0xffff, 0x10000, 0x10001, 0x3f800000, 0x7f7f0000, 0x7f7fffff, 0x7f800000}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		s, _ := ternary.AbsMeanScale(math.Exp(r.Float64()*30-11.5), 1) // means of 1e-5 … 1e8
		thresholds = append(thresholds, ternary.Threshold(s))
	}
	for _, threshold := range thresholds {
		CodesOfBF16(got, src, threshold)
		require.Equal(t, snapBF16(t, src, threshold), got, "threshold %#x", threshold)
	}
}

func BenchmarkCodesOfBF16(b *testing.B) {
	src := make([]byte, 2*2560*256)
	r := rand.New(rand.NewPCG(3, 4))
	for i := 0; i < len(src); i += 2 {
		binary.LittleEndian.PutUint16(src[i:], ToBF16(float32(r.NormFloat64())))
	}
	dst := make([]byte, len(src)/8)
	s, _ := ternary.AbsMeanScale(0.8, 1)
	threshold := ternary.Threshold(s)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		CodesOfBF16(dst, src, threshold)
	}
}

// The whole way of the speed that the issue names: bf16 to I2_S.
func BenchmarkBF16ToI2S(b *testing.B) {
	src := make([]byte, 2*2560*256)
	codes, dst := make([]byte, len(src)/8), make([]byte, len(src)/8)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		CodesOfBF16(codes, src, 0x3f000000)
		i2sOfCodes(dst, codes, 1)
	}
}

func BenchmarkToCodes(b *testing.B) {
	m := &ternary.Matrix{Rows: 256, Cols: 2560, Trits: randomTrits(256*2560, 1), Scale: []float32{1}}
	for _, f := range Formats {
		if f.ToCodes == nil {
			continue
		}
		src := pack(b, f, m)
		src = src[:len(src)-f.Tail]
		dst := make([]byte, 256*2560/4)
		b.Run(f.Name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				f.ToCodes(dst, src)
			}
		})
	}
	src := codesOf(b, m.Trits)
	b.Run("canonical", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		var dst []byte
		for b.Loop() {
			dst = AppendCanonicalCodes(dst[:0], src)
		}
	})
	b.Run("count", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			CountCodes(src)
		}
	})
	b.Run("packed", func(b *testing.B) {
		packed, dst := make([]byte, 2560*64), make([]byte, 640*64)
		b.SetBytes(int64(len(dst)))
		for b.Loop() {
			CodesOfHF(dst, packed, 2)
		}
	})
}
