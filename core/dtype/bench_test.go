package dtype

// Benchmarks. Bytes are those of the packed form and of the trits (one byte each) or float32 values together.

import (
	"encoding/binary"
	"testing"

	"github.com/tritkit/tritkit/core/ternary"
)

const benchRows, benchCols = 128, 2560

func BenchmarkTernary(b *testing.B) {
	m := &ternary.Matrix{Rows: benchRows, Cols: benchCols, Trits: randomTrits(benchRows*benchCols, 1), Scale: []float32{0.5}}
	for _, f := range Formats {
		if f.Pack == nil {
			continue
		}
		src := pack(b, f, m)
		b.Run("pack/"+f.Name, func(b *testing.B) {
			b.SetBytes(int64(len(src) + len(m.Trits)))
			for b.Loop() {
				if err := f.Pack(src, m); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("unpack/"+f.Name, func(b *testing.B) {
			got := &ternary.Matrix{Rows: benchRows, Cols: benchCols}
			b.SetBytes(int64(len(src) + len(m.Trits)))
			for b.Loop() {
				if err := f.Unpack(got, src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkHF(b *testing.B) {
	m := &ternary.Matrix{Rows: benchRows, Cols: benchCols, Trits: randomTrits(benchRows*benchCols, 1)}
	src := make([]byte, len(m.Trits)/4)
	b.Run("pack", func(b *testing.B) {
		b.SetBytes(int64(len(src) + len(m.Trits)))
		for b.Loop() {
			if err := PackHF(src, m); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unpack", func(b *testing.B) {
		b.SetBytes(int64(len(src) + len(m.Trits)))
		for b.Loop() {
			if err := UnpackHF(m, src); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkAppendCanonical(b *testing.B) {
	t := randomTrits(benchRows*benchCols, 1)
	dst := make([]byte, 0, len(t)/4)
	b.SetBytes(int64(len(t) + len(t)/4))
	for b.Loop() {
		AppendCanonical(dst, t)
	}
}

func BenchmarkFloat(b *testing.B) {
	x := randomFloats(benchRows*benchCols, 1)
	for _, f := range Formats {
		if f.Encode == nil {
			continue
		}
		n, err := f.Size(1, int64(len(x)))
		if err != nil {
			b.Fatal(err)
		}
		dst := make([]byte, n)
		b.Run("encode/"+f.Name, func(b *testing.B) {
			b.SetBytes(n + int64(4*len(x)))
			for b.Loop() {
				if err := f.Encode(dst, x); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("decode/"+f.Name, func(b *testing.B) {
			y := make([]float32, len(x))
			b.SetBytes(n + int64(4*len(x)))
			for b.Loop() {
				f.Decode(y, dst)
			}
		})
	}
}

// trained returns n bf16 weights with the spread of trained ones.
func trained(n int) []byte {
	src := make([]byte, 2*n)
	for i, z := range splitmix(n, 1) {
		sum := float32(0) // of four uniform values: near enough to a normal one
		for k := range 4 {
			sum += float32(z>>(16*k)&0xffff)/65536 - 0.5
		}
		binary.LittleEndian.PutUint16(src[2*i:], ToBF16(0.03*sum))
	}
	return src
}

// The embedding of 2B-4T: bytes are those of the bf16 source.
func BenchmarkEncodeF16FromBF16(b *testing.B) {
	src := trained(benchRows * benchCols)
	dst := make([]byte, len(src))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := EncodeF16FromBF16(dst, src); err != nil {
			b.Fatal(err)
		}
	}
}
