package dtype

// The float formats: laws, edges, and the fast bf16 → f16 path against the slow one.

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"pgregory.net/rapid"
)

// roundPlain rounds x to the nearest of the two neighbours that a format with so many mantissa bits and such a
// smallest exponent has, half to even, in float64.
func roundPlain(x float64, mantissa, smallest int) float64 {
	if x == 0 || math.IsInf(x, 0) {
		return x
	}
	_, e := math.Frexp(x)
	unit := math.Ldexp(1, max(e-1, smallest)-mantissa)
	return math.RoundToEven(x/unit) * unit
}

func TestRoundingIsHalfToEven(t *testing.T) {
	check := func(b uint32) {
		x := math.Float32frombits(b)
		if x != x {
			if h := ToF16(x); h&0x7fff <= f16Inf {
				t.Fatalf("f16 of NaN %08x is %04x", b, h)
			}
			if h := ToBF16(x); h&0x7fff <= 0x7f80 {
				t.Fatalf("bf16 of NaN %08x is %04x", b, h)
			}
			return
		}
		f16 := roundPlain(float64(x), 10, -14)
		if math.Abs(f16) > 65504 {
			f16 = math.Copysign(math.Inf(1), f16)
		}
		if got := FromF16(ToF16(x)); float64(got) != f16 || math.Signbit(float64(got)) != math.Signbit(float64(x)) {
			t.Fatalf("f16 of %g is %g, want %g", x, got, f16)
		}
		bf16 := roundPlain(float64(x), 7, -126)
		if got := FromBF16(ToBF16(x)); float64(got) != float64(float32(bf16)) {
			t.Fatalf("bf16 of %g is %g, want %g", x, got, bf16)
		}
	}
	for _, z := range splitmix(200_000, 1) {
		check(uint32(z))
		check(uint32(z>>32)&0xffff8000 | 0x3f000000) // near ties, in range
	}
	for _, b := range []uint32{0, 1 << 31, 1, f16Over - 1, f16Over, f16Norm, f16Norm - 1, 0x33000000, 0x33000001, 0x7f7fffff, f32Inf, f32Inf + 1} {
		check(b)
	}
}

func TestEveryHalfIsExact(t *testing.T) {
	for h := range 1 << 16 {
		if x := FromF16(uint16(h)); x == x {
			if got := ToF16(x); got != uint16(h) {
				t.Fatalf("f16 %04x came back as %04x", h, got)
			}
			e, m := h>>10&31, h&0x3ff
			want := math.Ldexp(float64(m), -24)
			switch {
			case e == 31:
				want = math.Inf(1)
			case e > 0:
				want = math.Ldexp(float64(m+1024), e-25)
			}
			if h>>15 == 1 {
				want = -want
			}
			if float64(x) != want {
				t.Fatalf("f16 %04x is %g, want %g", h, x, want)
			}
		}
		if x := FromBF16(uint16(h)); x == x && ToBF16(x) != uint16(h) {
			t.Fatalf("bf16 %04x came back as %04x", h, ToBF16(x))
		}
	}
}

func TestRoundToKeepsOnlyWhatTheTypeHolds(t *testing.T) {
	x := float32(1) / 3
	require.Equal(t, x, RoundTo(F32, x))
	require.Equal(t, float32(0.33325195), RoundTo(F16, x))
	require.Equal(t, float32(0.33398438), RoundTo(BF16, x))
}

// Encode, decode: the error is at most half a step of what the format has, and encoding again changes nothing.
func TestEncodingIsCloseAndIdempotent(t *testing.T) {
	within := map[Type]func(x []float32, i int) float64{
		F32:  func(x []float32, i int) float64 { return 0 },
		F16:  func(x []float32, i int) float64 { return max(math.Abs(float64(x[i]))*0x1p-11, 0x1p-25) },
		BF16: func(x []float32, i int) float64 { return max(math.Abs(float64(x[i]))*0x1p-8, 0x1p-134) },
		Q8_0: func(x []float32, i int) float64 { // half a level, and d rounded to f16 times 127 levels
			return top(x[i/32*32:i/32*32+32])*(0.5/127+0x1p-11) + 127*0x1p-25
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		x := randomFloats(32*rapid.IntRange(1, 40).Draw(t, "blocks"), rapid.Uint64().Draw(t, "seed"))
		for typ, bound := range within {
			f := Lookup(typ)
			n, err := f.Size(1, int64(len(x)))
			require.NoError(t, err)
			b, again := make([]byte, n), make([]byte, n)
			require.NoError(t, f.Encode(b, x))
			y := make([]float32, len(x))
			f.Decode(y, b)
			for i := range x {
				if diff := math.Abs(float64(x[i] - y[i])); diff > bound(x, i) {
					t.Fatalf("%s: %g became %g", f.Name, x[i], y[i])
				}
			}
			require.NoError(t, f.Encode(again, y))
			if f.Block == 1 {
				require.Equal(t, b, again)
			}
		}
	})
}

func top(x []float32) (m float64) {
	for _, v := range x {
		m = max(m, math.Abs(float64(v)))
	}
	return m
}

func TestEncodeNamesTheFirstValueWithoutAnEncoding(t *testing.T) {
	for _, c := range []struct {
		typ Type
		bad float32
	}{
		{F32, float32(math.NaN())}, {F32, float32(math.Inf(-1))},
		{F16, float32(math.NaN())}, {F16, 65520}, {F16, -1e30}, {F16, float32(math.Inf(1))},
		{BF16, float32(math.NaN())}, {BF16, math.MaxFloat32}, {BF16, float32(math.Inf(-1))},
		{Q8_0, float32(math.NaN())}, {Q8_0, float32(math.Inf(1))}, {Q8_0, -65520 * 127},
		{Q6_K, float32(math.NaN())}, {Q6_K, float32(math.Inf(1))}, {Q6_K, 1e30},
	} {
		f := Lookup(c.typ)
		n, err := f.Size(1, 1024)
		require.NoError(t, err)
		x := make([]float32, 1024)
		x[700], x[701], x[1000] = 1, c.bad, c.bad
		err = f.Encode(make([]byte, n), x)
		require.ErrorIs(t, err, fault.ErrNotFinite, "%s %g", c.typ, c.bad)
		require.ErrorContains(t, err, "value 701 is ")
		x[701], x[1000] = 2, -2
		require.NoError(t, f.Encode(make([]byte, n), x))
	}
}

func TestTheLargestFiniteValuesEncode(t *testing.T) {
	for typ, x := range map[Type]float32{F32: math.MaxFloat32, F16: 65519.996, BF16: math.Float32frombits(bf16Over - 1)} {
		require.NoError(t, Lookup(typ).Encode(make([]byte, 4), []float32{x}), typ)
		require.NoError(t, Lookup(typ).Encode(make([]byte, 4), []float32{-x}), typ)
	}
}

func TestQ8RoundsHalfAwayFromZeroAndSurvivesTinyValues(t *testing.T) {
	x := make([]float32, 32)
	x[0], x[1], x[2], x[3], x[4] = 127, 0.5, -0.5, 1.5, 0.49999997
	b := make([]byte, q8Bytes)
	require.NoError(t, encodeQ8(b, x))
	require.Equal(t, []byte{127, 1, 0xff, 2, 0}, b[2:7])
	for i := range x {
		x[i] = 1e-44
	}
	require.NoError(t, encodeQ8(b, x), "1/d would be Inf")
	require.Equal(t, make([]byte, q8Bytes), b)
}

func TestI8DecodesAsNumbers(t *testing.T) {
	got := make([]float32, 3)
	Lookup(I8).Decode(got, []byte{0, 0x80, 0x7f})
	require.Equal(t, []float32{0, -128, 127}, got)
	require.Nil(t, Lookup(I8).Encode)
}

func TestBF16ToF16IsDecodeThenEncode(t *testing.T) {
	words := func(t require.TestingT, words []uint16) {
		src := make([]byte, 2*len(words))
		x := make([]float32, len(words))
		for i, h := range words {
			binary.LittleEndian.PutUint16(src[2*i:], h)
			x[i] = FromBF16(h)
		}
		want, got := make([]byte, len(src)), make([]byte, len(src))
		wantFlushed, wantErr := EncodeF16(want, x)
		flushed, err := EncodeF16FromBF16(got, src)
		if wantErr != nil {
			require.Error(t, err)
			require.Equal(t, wantErr.Error(), err.Error())
			return
		}
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, wantFlushed, flushed)
	}
	step := []uint16{0x3c80, 0xbf80, 0x3880, 0x477f, 0x3f80, 0xb880, 0xc77f, 0x4000, 0x3a01, 0xbd7f, 0x4123, 0xc0ff, 0x3901, 0x3eab, 0xbeef, 0x3fff}
	for h := range 1 << 16 { // each value beside others that take the fast path, the marginal ones in each place, and alone
		for at, old := range step {
			step[at] = uint16(h)
			if h%16 == at || h&0x7f80 == 0x3800 || h&0x7f00 == 0x4700 {
				words(t, step)
			}
			step[at] = old
		}
		if h&0x7f80 < 0x4780 {
			words(t, []uint16{uint16(h)})
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		words(t, rapid.SliceOfN(rapid.Custom(func(t *rapid.T) uint16 {
			return rapid.OneOf(rapid.Uint16Range(0x3880, 0x477f), rapid.Uint16Range(0xb880, 0xc77f), rapid.Uint16Range(0, 0x3880)).Draw(t, "bf16")
		}), 0, 70).Draw(t, "words"))
	})
}

func TestBF16ToF16CountsFlushesAndNamesOverflows(t *testing.T) {
	src := make([]byte, 20)
	binary.LittleEndian.PutUint16(src[4:], ToBF16(1e-9))
	binary.LittleEndian.PutUint16(src[6:], ToBF16(-1e-30))
	binary.LittleEndian.PutUint16(src[8:], ToBF16(0x1p-24)) // the smallest subnormal stays
	flushed, err := EncodeF16FromBF16(make([]byte, 20), src)
	require.NoError(t, err)
	require.EqualValues(t, 2, flushed)
	binary.LittleEndian.PutUint16(src[18:], ToBF16(70000))
	_, err = EncodeF16FromBF16(make([]byte, 20), src)
	require.ErrorIs(t, err, fault.ErrNotFinite)
	require.ErrorContains(t, err, fmt.Sprintf("value 9 is %g", FromBF16(ToBF16(70000))))
}

func TestAllFiniteIsAboutEveryElement(t *testing.T) {
	sizes := map[Type]int{F32: 4, F16: 2, BF16: 2}
	rapid.Check(t, func(t *rapid.T) {
		typ := rapid.SampledFrom([]Type{F32, F16, BF16}).Draw(t, "type")
		n := rapid.IntRange(0, 21).Draw(t, "n")
		b := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte{0x7f, 0x80, 0xff, 0x7c, 0xfb})), n*sizes[typ], n*sizes[typ]).Draw(t, "bytes")
		x := make([]float32, n)
		Lookup(typ).Decode(x, b)
		finite := true
		for _, v := range x {
			finite = finite && math.Abs(float64(v)) <= math.MaxFloat32
		}
		require.Equal(t, finite, AllFinite(typ, b))
	})
	require.False(t, AllFinite(I8, nil), "of other types it says nothing")
}
