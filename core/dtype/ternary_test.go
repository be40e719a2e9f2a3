package dtype

// The laws and the traps of the ternary formats.

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/ternary"
	"pgregory.net/rapid"
)

func TestUnpackIsTheInverseOfPack(t *testing.T) {
	eachTernary(t, func(t *testing.T, f *Format) {
		if f.Pack == nil {
			return
		}
		rapid.Check(t, func(t *rapid.T) {
			m := drawMatrix(t, f.Block)
			packed := pack(t, f, m)
			got := unpack(t, f, m.Rows, m.Cols, packed)
			require.True(t, slices.Equal(m.Trits, got.Trits))
			require.Zero(t, got.Group)
			if c := ternary.Count(m.Trits); c.Zero < c.Total() {
				require.Equal(t, m.Scale, got.Scale)
			}
			require.Equal(t, packed, pack(t, f, got), "and packs to the same bytes")
		})
	})
}

// Any ternary format to any other and back: equal codes, and equal bytes when the scale is exact in f16.
func TestCodesSurviveEveryOtherFormat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMatrix(t, 256)
		want := pack(t, Lookup(I2_S), m)
		zero := ternary.Count(m.Trits).Zero == int64(len(m.Trits))
		for _, typ := range []Type{TQ1_0, TQ2_0, Q2_0} {
			back := unpack(t, Lookup(typ), m.Rows, m.Cols, pack(t, Lookup(typ), m))
			if !zero { // an all-zero tensor has no scale to keep there
				require.Equal(t, want, pack(t, Lookup(I2_S), back), typ)
			}
		}
	})
}

// The layouts, element by element, as formats.md and the sources state them.
func TestLayoutsElementByElement(t *testing.T) {
	const rows, cols = 4, 256
	m := &ternary.Matrix{Rows: rows, Cols: cols, Trits: randomTrits(rows*cols, 1), Scale: []float32{0.5}}
	code := func(i int) byte { return byte(m.Trits[i] + 1) }

	i2s := pack(t, Lookup(I2_S), m)
	tq2 := pack(t, Lookup(TQ2_0), m)
	tq1 := pack(t, Lookup(TQ1_0), m)
	q2 := pack(t, Lookup(Q2_0), m)
	hf := make([]byte, rows*cols/4)
	require.NoError(t, PackHF(hf, m))
	canonical := AppendCanonical(nil, m.Trits)
	pow3 := [...]int{1, 3, 9, 27, 81}
	tq1Code := func(b byte, k int) byte { return byte(((int(b) * pow3[k] & 255) * 3) >> 8) }

	for i := range rows * cols {
		require.Equal(t, code(i), i2s[i/128*32+i%32]>>(6-2*(i%128/32))&3, "i2_s %d", i)
		b := tq2[i/256*66:]
		require.Equal(t, code(i), b[i%256/128*32+i%32]>>(2*(i%128/32))&3, "tq2_0 %d", i)
		b = tq1[i/256*54:]
		switch e := i % 256; {
		case e < 160:
			require.Equal(t, code(i), tq1Code(b[e%32], e/32), "tq1_0 %d", i)
		case e < 240:
			require.Equal(t, code(i), tq1Code(b[32+e%16], (e-160)/16), "tq1_0 %d", i)
		default:
			require.Equal(t, code(i), tq1Code(b[48+e%4], (e-240)/4), "tq1_0 %d", i)
		}
		b = q2[i/64*18:]
		require.Equal(t, code(i), b[2+i%64/4]>>(2*(i%4))&3, "q2_0 %d", i)
		r, c := i/cols, i%cols
		require.Equal(t, code(i), hf[r%(rows/4)*cols+c]>>(2*(r/(rows/4)))&3, "packed %d", i)
		require.Equal(t, code(i), canonical[i/4]>>(2*(i%4))&3, "canonical %d", i)
	}
	for _, d := range [][]byte{tq2[64:], tq1[52:], q2} {
		require.Equal(t, uint16(0x3800), binary.LittleEndian.Uint16(d))
	}
	require.Equal(t, math.Float32bits(0.5), binary.LittleEndian.Uint32(i2s[rows*cols/4:]))
}

func TestOtherI2SLayoutsAreRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawMatrix(t, 128)
		m.Rows = m.Rows / 4 * 4
		m.Trits = m.Trits[:m.Rows*m.Cols]
		for _, layout := range []Layout{X86, ARM64, Rows4} {
			src := make([]byte, len(m.Trits)/4+32)
			for i, x := range m.Trits {
				var at, shift int
				switch r, c := i/m.Cols, i%m.Cols; layout {
				case X86:
					at, shift = i/128*32+i%32, 6-2*(i%128/32)
				case ARM64:
					at, shift = i/64*16+i%16, 6-2*(i%64/16)
				case Rows4:
					at, shift = r/4*m.Cols+c, 6-2*(r%4)
				}
				src[at] |= byte(x+1) << shift
			}
			binary.LittleEndian.PutUint32(src[len(m.Trits)/4:], math.Float32bits(m.Scale[0]))
			got := &ternary.Matrix{Rows: m.Rows, Cols: m.Cols}
			require.NoError(t, UnpackI2SLayout(got, src, layout))
			require.True(t, slices.Equal(m.Trits, got.Trits), layout.String())
			require.Equal(t, m.Scale, got.Scale)
		}
	})
	require.Equal(t, fault.Shape, class(UnpackI2SLayout(&ternary.Matrix{Rows: 2, Cols: 128}, make([]byte, 96), Rows4)))
	require.Equal(t, fault.Shape, class(UnpackI2SLayout(&ternary.Matrix{Rows: 4, Cols: 128}, make([]byte, 160), Layout(9))))
	require.Equal(t, "x86 arm64 rows4 layout 9", fmt.Sprint(X86, ARM64, Rows4, Layout(9)))
}

// Trap: bitnet.cpp leaves heap bytes behind the scale.
func TestI2SPaddingIsWrittenAsZerosAndNeverRead(t *testing.T) {
	m := &ternary.Matrix{Rows: 1, Cols: 128, Trits: randomTrits(128, 1), Scale: []float32{3}}
	b := pack(t, Lookup(I2_S), m)
	require.Equal(t, make([]byte, 28), b[36:])
	for i := range b[36:] {
		b[36+i] = 0xff
	}
	require.Equal(t, m.Trits, unpack(t, Lookup(I2_S), 1, 128, b).Trits)
}

func TestTQ1HasTheImpossibleBytesThatWereEnumerated(t *testing.T) {
	var impossible []int
	four := 0
	for b, v := range tq1Valid {
		if v&1 == 0 {
			impossible = append(impossible, b)
		}
		four += int(v >> 1)
	}
	require.Equal(t, []int{1, 20, 40, 60, 79, 99, 119, 138, 158, 178, 197, 217, 237}, impossible)
	require.Equal(t, 81, four)
	require.EqualValues(t, tq1Zero5, fraction(121)) // 11111 in base 3
	require.EqualValues(t, tq1Zero, fraction(120))  // 11110
}

// Every byte in every place: refused with its offset where no trits produce it, else packed again to itself.
func TestImpossibleCodesAreFaultsWithOffsets(t *testing.T) {
	eachTernary(t, func(t *testing.T, f *Format) {
		zeros := &ternary.Matrix{Rows: 2, Cols: f.Block, Trits: make([]int8, 2*f.Block), Scale: []float32{1}}
		if f.Pack == nil {
			return
		}
		clean := pack(t, f, zeros)
		for at := range clean {
			in := at % f.Bytes
			if f.Tail > 0 && at >= len(clean)-f.Tail || f.Tail == 0 && (in == f.ScaleAt || in == f.ScaleAt+1) {
				continue
			}
			for b := range 256 {
				src := slices.Clone(clean)
				src[at] = byte(b)
				if f.Tail == 0 {
					binary.LittleEndian.PutUint16(src[at-in+f.ScaleAt:], 0x3c00)
				}
				possible := b&(b>>1)&0x55 == 0
				if f.Type == TQ1_0 {
					possible = tq1Valid[b]&1 != 0
					if in >= tq1QS {
						possible = tq1Valid[b]&2 != 0
					}
				}
				err := f.Unpack(&ternary.Matrix{Rows: 2, Cols: f.Block}, src)
				if possible {
					require.NoError(t, err, "byte %d at %d", b, at)
					continue
				}
				require.Equal(t, fault.Code, class(err), "byte %d at %d", b, at)
				require.EqualValues(t, at, offset(err))
				require.ErrorIs(t, err, fault.ErrFormat)
			}
		}
	})
}

// Trap: d = 0 or scale 0 is a fault only beside a trit that is not 0; NaN, Inf and negative always are.
func TestScalesOnDisk(t *testing.T) {
	eachTernary(t, func(t *testing.T, f *Format) {
		if f.Pack == nil {
			return
		}
		set := func(b []byte, scale float32) int {
			if f.Tail > 0 {
				at := len(b) - f.Tail
				binary.LittleEndian.PutUint32(b[at:], math.Float32bits(scale))
				return at
			}
			binary.LittleEndian.PutUint16(b[f.ScaleAt:], ToF16(scale))
			return f.ScaleAt
		}
		one := &ternary.Matrix{Rows: 1, Cols: f.Block, Trits: make([]int8, f.Block), Scale: []float32{1}}
		zeros := pack(t, f, one)
		one.Trits[7] = -1
		trit := pack(t, f, one)
		for _, c := range []struct {
			scale    float32
			of       []byte
			accepted bool
		}{
			{0, zeros, true}, {0, trit, false}, {1, trit, true}, {float32(math.Copysign(0, -1)), zeros, true},
			{-1, trit, false}, {-1, zeros, false},
			{float32(math.NaN()), trit, false}, {float32(math.NaN()), zeros, false},
			{float32(math.Inf(1)), trit, false}, {float32(math.Inf(1)), zeros, false},
		} {
			b := slices.Clone(c.of)
			at := set(b, c.scale)
			err := f.Unpack(&ternary.Matrix{Rows: 1, Cols: f.Block}, b)
			if c.accepted {
				require.NoError(t, err)
				continue
			}
			require.Equal(t, fault.Scale, class(err), "scale %g", c.scale)
			require.EqualValues(t, at, offset(err))
		}
	})
}

func TestBlocksOfZerosHaveNoScale(t *testing.T) {
	for _, typ := range []Type{TQ1_0, TQ2_0, Q2_0} {
		f := Lookup(typ)
		m := &ternary.Matrix{Rows: 2, Cols: f.Block, Trits: make([]int8, 2*f.Block), Scale: []float32{0.25}}
		m.Trits[f.Block] = 1
		b := pack(t, f, m)
		require.Zero(t, binary.LittleEndian.Uint16(b[f.ScaleAt:]))
		require.Equal(t, uint16(0x3400), binary.LittleEndian.Uint16(b[f.Bytes+f.ScaleAt:]))
	}
}

func TestScalesThatF16CannotHoldAreRefused(t *testing.T) {
	for _, typ := range []Type{TQ1_0, TQ2_0, Q2_0, I2_S} {
		f := Lookup(typ)
		trits := make([]int8, f.Block)
		trits[3] = 1
		n, err := f.Size(1, int64(f.Block))
		require.NoError(t, err)
		dst := make([]byte, n)
		for _, scale := range []float64{0, -1, 65520, 1e-8, math.NaN(), math.Inf(1)} {
			m := &ternary.Matrix{Rows: 1, Cols: f.Block, Trits: trits, Scale: []float32{float32(scale)}}
			if typ == I2_S && (scale == 65520 || scale == 1e-8) {
				require.NoError(t, f.Pack(dst, m), "i2_s keeps a float32")
				continue
			}
			require.Equal(t, fault.Scale, class(f.Pack(dst, m)), "%s %g", typ, scale)
		}
	}
}

// A scale that f16 does not hold exactly is rounded once; codes never change.
func TestScalesAreRoundedOnceToF16(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := float32(math.Exp2(rapid.Float64Range(-14, 15.9).Draw(t, "scale")))
		for _, typ := range []Type{TQ1_0, TQ2_0, Q2_0} {
			m := &ternary.Matrix{Rows: 1, Cols: 256, Trits: randomTrits(256, 1), Scale: []float32{scale}}
			got := unpack(t, Lookup(typ), 1, 256, pack(t, Lookup(typ), m))
			require.Equal(t, m.Trits, got.Trits)
			require.Equal(t, []float32{RoundTo(F16, scale)}, got.Scale)
			require.InEpsilon(t, scale, got.Scale[0], 0x1p-11)
		}
	})
}

// One scale per block is kept where the format has one per block; I2_S takes it only when the blocks agree.
func TestGroupsOfScales(t *testing.T) {
	const rows, cols = 3, 512
	m := &ternary.Matrix{Rows: rows, Cols: cols, Group: 256, Trits: randomTrits(rows*cols, 1), Scale: []float32{1, 2, 3, 4, 5, 6}}
	for _, typ := range []Type{TQ1_0, TQ2_0} {
		got := unpack(t, Lookup(typ), rows, cols, pack(t, Lookup(typ), m))
		require.Equal(t, m, got)
	}
	got := unpack(t, Lookup(Q2_0), rows, cols, pack(t, Lookup(Q2_0), m))
	require.Equal(t, 64, got.Group)
	require.Equal(t, m.Trits, got.Trits)
	for i, s := range got.Scale {
		require.Equal(t, m.Scale[i/4], s)
	}
	// From groups of 64 that agree within every 256, and from such that do not.
	require.Equal(t, m, unpack(t, Lookup(TQ2_0), rows, cols, pack(t, Lookup(TQ2_0), got)))
	got.Scale[5] = 9
	require.Equal(t, fault.Scale, class(Lookup(TQ2_0).Pack(make([]byte, 66*6), got)))

	dst := make([]byte, rows*cols/4+32)
	err := Lookup(I2_S).Pack(dst, m)
	require.Equal(t, fault.Scale, class(err))
	require.ErrorContains(t, err, "share one scale")
	for g := range m.Scale {
		if g != 4 {
			clear(m.Trits[g*256 : g*256+256])
		}
	}
	require.NoError(t, Lookup(I2_S).Pack(dst, m), "one group left that is not all zeros")
	require.Equal(t, []float32{5}, unpack(t, Lookup(I2_S), rows, cols, dst).Scale)
	clear(m.Trits)
	require.NoError(t, Lookup(I2_S).Pack(dst, m))
	require.Equal(t, []float32{0}, unpack(t, Lookup(I2_S), rows, cols, dst).Scale)
}

// Trap: tensors whose rows do not fill blocks were cut off, and counts wrapped at 2^31.
func TestPackAndUnpackRefuseOtherShapes(t *testing.T) {
	eachTernary(t, func(t *testing.T, f *Format) {
		for _, m := range []ternary.Matrix{
			{Rows: 1, Cols: f.Block + 1}, {Rows: 1, Cols: f.Block / 2}, {Rows: -1, Cols: f.Block}, {Rows: -1, Cols: -f.Block},
		} {
			require.Equal(t, fault.Shape, class(f.Unpack(&m, make([]byte, 64))))
		}
		n, err := f.Size(2, int64(f.Block))
		require.NoError(t, err)
		m := &ternary.Matrix{Rows: 2, Cols: f.Block}
		require.Equal(t, fault.Length, class(f.Unpack(m, make([]byte, n-1))))
		require.Equal(t, fault.Length, class(f.Unpack(m, make([]byte, n+1))))
		huge := fault.Overflow
		if math.MaxInt == math.MaxInt32 {
			huge = fault.Length // the size fits int64, but not the bytes that are there
		}
		require.Equal(t, huge, class(f.Unpack(&ternary.Matrix{Rows: math.MaxInt, Cols: 1 << 20}, nil)))
		if f.Pack == nil {
			return
		}
		m.Trits, m.Scale = make([]int8, 2*f.Block), []float32{1}
		require.Equal(t, fault.Length, class(f.Pack(make([]byte, n-1), m)))
		m.Trits = m.Trits[1:]
		require.Equal(t, fault.Shape, class(f.Pack(make([]byte, n), m)))
		m.Trits, m.Scale = make([]int8, 2*f.Block), nil
		require.Equal(t, fault.Shape, class(f.Pack(make([]byte, n), m)))
		m.Scale, m.Group = []float32{1, 1}, 3
		require.Equal(t, fault.Shape, class(f.Pack(make([]byte, n), m)))
		m.Scale, m.Group = []float32{1}, 0
		m.Trits[f.Block+3] = 2
		err = f.Pack(make([]byte, n), m)
		require.Equal(t, fault.Code, class(err), "what is no trit is not written")
		require.ErrorContains(t, err, fmt.Sprintf("element %d is 2", f.Block+3))
	})
}

func TestPackedHFIsItsOwnInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := 4*rapid.IntRange(0, 5).Draw(t, "rows"), rapid.IntRange(0, 37).Draw(t, "cols")
		m := &ternary.Matrix{Rows: rows, Cols: cols, Trits: randomTrits(rows*cols, rapid.Uint64().Draw(t, "seed"))}
		b := make([]byte, rows*cols/4)
		require.NoError(t, PackHF(b, m))
		got := &ternary.Matrix{Rows: rows, Cols: cols, Scale: []float32{7}}
		require.NoError(t, UnpackHF(got, b))
		require.True(t, slices.Equal(m.Trits, got.Trits))
		require.Equal(t, []float32{7}, got.Scale, "the scale is stored elsewhere")
		if len(b) > 0 {
			at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
			b[at] |= 0x30
			err := UnpackHF(got, b)
			require.Equal(t, fault.Code, class(err))
			require.EqualValues(t, at, offset(err))
			at = rapid.IntRange(0, len(m.Trits)-1).Draw(t, "trit")
			m.Trits[at] = -2
			err = PackHF(b, m)
			require.Equal(t, fault.Code, class(err))
			require.ErrorContains(t, err, fmt.Sprintf("element %d is -2", at))
		}
	})
	require.Equal(t, fault.Shape, class(PackHF(nil, &ternary.Matrix{Rows: 2, Cols: 2})))
	require.Equal(t, fault.Shape, class(PackHF(make([]byte, 2), &ternary.Matrix{Rows: 4, Cols: 2})))
	require.Equal(t, fault.Shape, class(UnpackHF(&ternary.Matrix{Rows: -4, Cols: 2}, nil)))
	require.Equal(t, fault.Length, class(UnpackHF(&ternary.Matrix{Rows: 4, Cols: 2}, make([]byte, 3))))
}

func TestCanonicalPackingFillsUpWithZeroBits(t *testing.T) {
	require.Equal(t, []byte{0xaa}, AppendCanonical([]byte{0xaa}, nil))
	require.Equal(t, []byte{0xaa, 0b10_01_00_10, 0b10}, AppendCanonical([]byte{0xaa}, []int8{1, -1, 0, 1, 1}))
	rapid.Check(t, func(t *rapid.T) {
		list := randomTrits(rapid.IntRange(0, 100).Draw(t, "n"), rapid.Uint64().Draw(t, "seed"))
		want := make([]byte, (len(list)+3)/4)
		for i, x := range list {
			want[i/4] |= byte(x+1) << (2 * (i % 4))
		}
		require.True(t, slices.Equal(want, AppendCanonical(nil, list)))
	})
}

func TestLegacyQ2BlocksAreRead(t *testing.T) {
	trits := randomTrits(3*128, 1)
	var b []byte
	for i := 0; i < len(trits); i += 128 {
		b = binary.LittleEndian.AppendUint16(b, 0x3c00+uint16(i))
		b = AppendCanonical(b, trits[i:i+128])
	}
	m := unpack(t, Lookup(Q2_0_G128), 1, 3*128, b)
	require.Equal(t, trits, m.Trits)
	require.Equal(t, 128, m.Group)
	require.Equal(t, []float32{1, FromF16(0x3c80), FromF16(0x3d00)}, m.Scale)
	require.Nil(t, Lookup(Q2_0_G128).Pack)
}
