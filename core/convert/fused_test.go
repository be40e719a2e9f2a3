package convert

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/ternary"
)

// straightI2S is the slow truth: decode, snap by the threshold, pack.
func straightI2S(t testing.TB, src []byte, threshold uint32, cols int) []byte {
	w := make([]float32, len(src)/2)
	dtype.Lookup(dtype.BF16).Decode(w, src)
	m := &ternary.Matrix{Rows: len(w) / cols, Cols: cols}
	m.Fit(0)
	m.Scale[0] = 1
	ternary.Codes(m.Trits, w, threshold)
	out := make([]byte, len(w)/4+32)
	require.NoError(t, dtype.Lookup(dtype.I2_S).Pack(out, m))
	return out[:len(w)/4]
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

func TestPackBF16EqualsTheStraightPathOnEveryValue(t *testing.T) {
	src := everyFinite()
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		mean := math.Exp(r.Float64()*30 - 11.5) // 1e-5 … 1e8
		s, _ := ternary.AbsMeanScale(mean, 1)
		threshold := ternary.Threshold(s)
		dst := make([]byte, len(src)/8)
		packBF16(dst, src, threshold)
		require.Equal(t, straightI2S(t, src, threshold, 128), dst, "mean %g", mean)
	}
}

func TestPackBF16AtTheEdgesOfTheThreshold(t *testing.T) {
	src := everyFinite()
	for _, threshold := range []uint32{0, 1, 0xffff, 0x10000, 0x10001, 0x3f800000, 0x7f7f0000, 0x7f7fffff, 0x7f800000} {
		dst := make([]byte, len(src)/8)
		packBF16(dst, src, threshold)
		if threshold == 0 {
			continue // every weight would be ±1, zeros too: no rule has it
		}
		require.Equal(t, straightI2S(t, src, threshold, 128), dst, "threshold %#x", threshold)
	}
}

func BenchmarkPackBF16(b *testing.B) {
	src := make([]byte, 2*2560*256)
	r := rand.New(rand.NewPCG(3, 4))
	for i := 0; i < len(src); i += 2 {
		binary.LittleEndian.PutUint16(src[i:], dtype.ToBF16(float32(r.NormFloat64())))
	}
	dst := make([]byte, len(src)/8)
	s, _ := ternary.AbsMeanScale(0.8, 1)
	threshold := ternary.Threshold(s)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		packBF16(dst, src, threshold)
	}
}
