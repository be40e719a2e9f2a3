package dtype

// Inputs that the tests and testdata/dtype/gen.py make alike, and helpers that several tests share.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/ternary"
	"pgregory.net/rapid"
)

// splitmix returns n numbers of splitmix64.
func splitmix(n int, seed uint64) []uint64 {
	z := make([]uint64, n)
	for i := range z {
		seed += 0x9e3779b97f4a7c15
		x := (seed ^ seed>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		z[i] = x ^ x>>31
	}
	return z
}

func randomTrits(n int, seed uint64) []int8 {
	t := make([]int8, n)
	for i, z := range splitmix(n, seed) {
		t[i] = int8(z%3) - 1
	}
	return t
}

// randomFloats returns values in ±1 with a magnitude that varies from block to block, some zeros and a block of zeros.
func randomFloats(n int, seed uint64) []float32 {
	x := make([]float32, n)
	for i, z := range splitmix(n, seed) {
		if z&31 != 0 && (i < 512 || i >= 768) {
			x[i] = float32(int64(z>>40)-1<<23) / (1 << 23) * float32(math.Exp2(-float64(i/96%11)))
		}
	}
	return x
}

// drawMatrix draws a matrix of trits in rows of whole blocks: random, or all alike, or mostly zeros, with one scale.
func drawMatrix(t *rapid.T, block int) *ternary.Matrix {
	m := &ternary.Matrix{Rows: rapid.IntRange(0, 9).Draw(t, "rows"), Cols: block * rapid.IntRange(0, 5).Draw(t, "blocks")}
	n := m.Rows * m.Cols
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		m.Trits = bytesToTrits(bytes.Repeat([]byte{byte(rapid.IntRange(0, 2).Draw(t, "trit"))}, n))
	case 1:
		m.Trits = make([]int8, n)
		for range min(n, 5) {
			m.Trits[rapid.IntRange(0, n-1).Draw(t, "at")] = int8(rapid.SampledFrom([]int{-1, 1}).Draw(t, "trit"))
		}
	default:
		m.Trits = randomTrits(n, rapid.Uint64().Draw(t, "seed"))
	}
	m.Scale = []float32{FromF16(uint16(rapid.IntRange(1, f16Inf-1).Draw(t, "scale")))}
	return m
}

func bytesToTrits(codes []byte) []int8 {
	t := make([]int8, len(codes))
	for i, c := range codes {
		t[i] = int8(c) - 1
	}
	return t
}

// pack packs m as f does, into bytes that were not zero before.
func pack(t require.TestingT, f *Format, m *ternary.Matrix) []byte {
	n, err := f.Size(int64(m.Rows), int64(m.Cols))
	require.NoError(t, err)
	dst := bytes.Repeat([]byte{0xee}, int(n))
	require.NoError(t, f.Pack(dst, m), f.Name)
	return dst
}

func unpack(t require.TestingT, f *Format, rows, cols int, src []byte) *ternary.Matrix {
	m := &ternary.Matrix{Rows: rows, Cols: cols}
	require.NoError(t, f.Unpack(m, src), f.Name)
	return m
}

// eachTernary calls test for every ternary format of the table.
func eachTernary(t *testing.T, test func(t *testing.T, f *Format)) {
	for _, f := range Formats {
		if f.Ternary() {
			t.Run(f.Name, func(t *testing.T) { test(t, f) })
		}
	}
}

func class(err error) fault.Class {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Class
	}
	return ""
}

func offset(err error) int64 {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Offset
	}
	return -2
}

func floatBytes(x []float32) []byte {
	b := make([]byte, 0, 4*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}
