package dtype

// The table: numbers, names and sizes.

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/internal/bounded"
)

func TestEveryRowIsFoundByTypeNameAndNumber(t *testing.T) {
	names, types := map[string]bool{}, map[Type]bool{}
	for _, f := range Formats {
		require.False(t, names[f.Name] || types[f.Type], f.Name)
		names[f.Name], types[f.Type] = true, true
		require.Same(t, f, Lookup(f.Type))
		typ, ok := Parse(f.Name)
		require.True(t, ok)
		require.Equal(t, f.Type, typ)
		require.Equal(t, f.Name, f.Type.String())
		if f.Type.GGUF() {
			require.Contains(t, Candidates(f.Type.Number()), f)
		}
		require.True(t, f.Pack == nil || f.Unpack != nil, "what is packed is unpacked")
		require.True(t, f.Encode == nil || f.Decode != nil, "what is encoded is decoded")
		require.False(t, f.Ternary() && f.Encode != nil, "no ternary format takes floats")
	}
	require.Nil(t, Lookup(99))
	require.Equal(t, "type 99", Type(99).String())
	_, ok := Parse("F16")
	require.False(t, ok, "names are exact")
	require.Empty(t, Candidates(1000))
	require.Empty(t, Candidates(U8.Number()+1<<20), "safetensors types have no number")
}

func TestNumbersThatForksGaveTwice(t *testing.T) {
	for number, want := range map[uint32][]string{
		36: {"i2_s", "iq4_nl_4_4"}, 37: {"i8_s", "iq4_nl_4_8"}, 38: {"tl1", "iq4_nl_8_8"}, 39: {"mxfp4", "tl2"}, 42: {"q2_0", "q2_0_g128"}, 35: {"tq2_0"},
	} {
		var got []string
		for _, f := range Candidates(number) {
			got = append(got, f.Name)
		}
		require.Equal(t, want, got)
	}
}

// Bytes of one row of 256, from ggml d99724f src/ggml-common.h; -1: the shape does not tell.
func TestSizesOf256Elements(t *testing.T) {
	for typ, want := range map[Type]int64{
		F32: 1024, F16: 512, BF16: 512, F64: 2048, I8: 256, I16: 512, I32: 1024, I64: 2048,
		Q4_0: 144, Q4_1: 160, Q5_0: 176, Q5_1: 192, Q8_0: 272, Q8_1: 288,
		Q2_K: 84, Q3_K: 110, Q4_K: 144, Q5_K: 176, Q6_K: 210, Q8_K: 292,
		IQ2_XXS: 66, IQ2_XS: 74, IQ3_XXS: 98, IQ1_S: 50, IQ4_NL: 144, IQ3_S: 110, IQ2_S: 82, IQ4_XS: 136, IQ1_M: 56,
		TQ1_0: 54, TQ2_0: 66, I2_S: 96, Q2_0: 72, Q2_0_G128: 68, MXFP4: 136, NVFP4: 144, Q1_0: 36, PQ2_0: 68, PTQ1_0: 56,
		IQ4_NL_4_4: 144, IQ4_NL_4_8: 144, IQ4_NL_8_8: 144,
		I8_S: -1, TL1: -1, TL2: -1, IQ1_BN: -1, IQ2_BN: -1, IQ2_BN_R4: -1,
		Bool: 256, U8: 256, U16: 512, U32: 1024, U64: 2048, F8E4M3: 256, F8E5M2: 256, F8E8M0: 256, C64: 2048,
	} {
		got, err := Lookup(typ).Size(1, 256)
		if want < 0 {
			require.ErrorIs(t, err, fault.ErrUnsupported, typ)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, got, typ)
	}
	n, err := Lookup(I2_S).Size(6912, 2560)
	require.NoError(t, err)
	require.EqualValues(t, 6912*2560/4+32, n)
}

func TestSizeIsChecked(t *testing.T) {
	for _, f := range Formats {
		if f.Block == 0 {
			continue
		}
		for _, c := range [][2]int64{{-1, 256}, {1, -256}, {math.MinInt64, math.MinInt64}} {
			_, err := f.Size(c[0], c[1])
			require.Equal(t, fault.Shape, class(err), f.Name)
		}
		if f.Block > 1 {
			_, err := f.Size(1, int64(f.Block)+1)
			require.Equal(t, fault.Shape, class(err), f.Name)
			require.ErrorContains(t, err, fmt.Sprintf("blocks of %d", f.Block))
		}
		for _, rows := range []int64{math.MaxInt64, math.MaxInt64 / 2, math.MaxInt64 / 256} {
			_, err := f.Size(rows, 1<<40)
			require.Equal(t, fault.Overflow, class(err), f.Name)
		}
		n, err := f.Size(0, 1<<40)
		require.NoError(t, err)
		require.EqualValues(t, f.Tail, n)
		n, err = f.Size(1<<40, 0)
		require.NoError(t, err)
		require.EqualValues(t, f.Tail, n)
	}
	// The last size that fits, and the first that does not.
	n, err := Lookup(F16).Size(math.MaxInt64/2, 1)
	require.NoError(t, err)
	require.Equal(t, int64(math.MaxInt64-1), n)
	_, err = Lookup(F16).Size(math.MaxInt64/2+1, 1)
	require.Equal(t, fault.Overflow, class(err))
}

// FuzzFormats feeds every format arbitrary bytes: nothing panics, and whatever a ternary format accepts it packs again
// to the same codes.
func FuzzFormats(f *testing.F) {
	for i, typ := range []Type{I2_S, TQ1_0, TQ2_0, Q2_0, Q2_0_G128} {
		fm := Lookup(typ)
		m := &ternary.Matrix{Rows: 4, Cols: fm.Block, Trits: randomTrits(4*fm.Block, uint64(i)), Scale: []float32{0.5}}
		if fm.Pack != nil {
			f.Add(pack(f, fm, m), uint8(3))
		}
	}
	f.Add([]byte{1, 2, 3}, uint8(0))
	f.Add(make([]byte, 210), uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, rows uint8) {
		for _, fm := range Formats {
			if fm.Block == 0 {
				continue
			}
			if fm.Decode != nil {
				n := len(data) / fm.Bytes
				dst := make([]float32, n*fm.Block)
				fm.Decode(dst, data)
				if fm.Encode != nil {
					_ = fm.Encode(make([]byte, n*fm.Bytes), dst)
				}
			}
			if fm.Ternary() {
				fuzzTernary(t, fm, data, int(rows))
			}
		}
		_, _ = EncodeF16FromBF16(make([]byte, len(data)), data)
		hf := &ternary.Matrix{Rows: 4, Cols: len(data)}
		if UnpackHF(hf, data) == nil {
			again := make([]byte, len(data))
			require.NoError(t, PackHF(again, hf))
			require.Equal(t, data, again)
		}
	})
}

func fuzzTernary(t *testing.T, f *Format, data []byte, rows int) {
	if len(data) < f.Tail {
		return
	}
	blocks := (len(data) - f.Tail) / f.Bytes
	rows = max(1, min(rows, blocks))
	m := &ternary.Matrix{Rows: rows, Cols: blocks / rows * f.Block}
	n, err := f.Size(int64(m.Rows), int64(m.Cols))
	require.NoError(t, err)
	src := data[:n]
	bounded.Run(t, 1<<20, 16, n, func() { err = f.Unpack(m, src) })
	if f.ToCodes != nil && m.Cols%CodesPerBlock == 0 {
		codes := make([]byte, m.Rows*m.Cols/4)
		ok := f.ToCodes(codes, src[:len(src)-f.Tail])
		if err == nil { // what Unpack takes, ToCodes takes too, to the same trits
			require.True(t, ok)
			want := make([]byte, len(codes))
			require.NoError(t, CodesOfTrits(want, m.Trits))
			require.Equal(t, want, codes)
		} else if class(err) == fault.Code {
			require.False(t, ok, "%v", err)
		}
	}
	if err != nil {
		require.Contains(t, []fault.Class{fault.Code, fault.Scale}, class(err))
		require.True(t, offset(err) >= 0 && offset(err) < n)
		return
	}
	for _, x := range m.Trits {
		require.True(t, x >= -1 && x <= 1)
	}
	if f.Type == I2_S {
		for _, layout := range []Layout{ARM64, Rows4} {
			_ = UnpackI2SLayout(&ternary.Matrix{Rows: m.Rows, Cols: m.Cols}, src, layout)
		}
	}
	if f.Pack != nil {
		back := unpack(t, f, m.Rows, m.Cols, pack(t, f, m))
		require.Equal(t, m.Trits, back.Trits)
	}
}

func ExampleFormat_Size() {
	n, err := Lookup(I2_S).Size(2560, 6912)
	fmt.Println(n, err)
	_, err = Lookup(TQ1_0).Size(2560, 640)
	fmt.Println(err)
	// Output:
	// 4423712 <nil>
	// dtype: 2560 x 640 is no shape for tq1_0: its rows come in blocks of 256
}
