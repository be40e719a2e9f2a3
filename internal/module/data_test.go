package main

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func moduleOf(sections ...[]byte) []byte {
	b := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range sections {
		b = append(append(b, s[0], byte(len(s)-1)|0x80, byte((len(s)-1)>>7)), s[1:]...)
	}
	return b
}

func TestPiecesOfDataAreJoined(t *testing.T) {
	one := []segment{{10, []byte("cd")}, {12 + near, []byte("e")}, {14 + 2*near, []byte("f")}, {1 << 20, tableOfTwo()}, {8, []byte("ab")}}
	code := []byte{10, 0}
	out, err := shrink(moduleOf(code, append([]byte{codeData}, appendSegments(nil, one)...), []byte{0, 1, 'x'}))
	require.NoError(t, err)
	dropped := tableOfTwo()
	require.NoError(t, dropLines(dropped))
	want := []segment{{8, append(append([]byte("abcd"), make([]byte, near)...), 'e')}, {14 + 2*near, []byte("f")}, {1 << 20, dropped}}
	r := &reader{b: out[8:]}
	require.Equal(t, byte(10), r.byte())
	require.Equal(t, []byte{0}, r.take(r.uint()))
	require.Equal(t, byte(codeData), r.byte())
	got, err := readSegments(r.take(r.uint()))
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, byte(0), r.byte())
	require.Equal(t, "\x01x", string(r.take(r.uint())))
	require.False(t, r.broken)
}

func TestMemoryStaysTheSame(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	image := func(list []segment) []byte {
		b := make([]byte, 1<<20)
		for _, s := range list {
			copy(b[s.at:], s.data)
		}
		return b
	}
	var list []segment
	for at := int64(0); at < 1<<20-300; {
		s := segment{at, make([]byte, rng.IntN(100))}
		for i := range s.data {
			s.data[i] = byte(rng.Uint32())
		}
		list = append(list, s)
		at += int64(len(s.data) + rng.IntN(2*near))
	}
	read, err := readSegments(appendSegments(nil, list))
	require.NoError(t, err)
	require.Equal(t, list, read)
	joined := join(read)
	require.Less(t, len(joined), len(list)*3/4)
	require.True(t, bytes.Equal(image(list), image(joined)))
}

func TestNumbersInLEB128(t *testing.T) {
	for _, n := range []int64{0, 1, -1, 63, 64, -64, -65, 127, 128, 1<<31 - 1, -1 << 31, 1<<62 + 1} {
		r := &reader{b: appendInt(nil, n)}
		require.Equal(t, n, r.int())
		require.True(t, !r.broken && len(r.b) == 0)
	}
}

func TestOtherModulesAreRefused(t *testing.T) {
	data := func(b ...byte) []byte { return moduleOf(append([]byte{codeData}, b...)) }
	for name, b := range map[string][]byte{
		"empty":            {},
		"no module":        []byte("\x7fELF"),
		"a count of data":  moduleOf([]byte{dataCount, 1}),
		"cut":              data(1, 0, i32Const, 8, end, 1, 'x')[:14],
		"passive":          data(1, 1, 1, 'x'),
		"a global address": data(1, 0, 0x23, 0, end, 1, 'x'),
		"overlapping":      data(2, 0, i32Const, 8, end, 2, 'x', 'y', 0, i32Const, 9, end, 1, 'x'),
		"longer than said": data(1, 0, i32Const, 8, end, 1, 'x', 'y'),
	} {
		_, err := shrink(b)
		require.ErrorIs(t, err, errWasm, name)
	}
}
