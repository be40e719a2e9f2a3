package main

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// tableOfTwo is a pclntab of two functions, whose tables of steps are told by their last value: 'S' for the stack, 'F' and
// 'L' for files and lines, 'P' for data of the collector, 'X' for one that is a line table and something else.
func tableOfTwo() []byte {
	const names, units, files, numbers, index = 72, 80, 88, 96, 128
	b := make([]byte, index+16+2*60)
	copy(b, lineTable)
	for i, n := range []uint64{2, 1, 0, names, units, files, numbers, index} {
		binary.LittleEndian.PutUint64(b[8+8*i:], n)
	}
	copy(b[names:], "a.f\x00a.g\x00")
	copy(b[units:], "\x01\x00\x00\x00")
	copy(b[files:], "file.go\x00")
	copy(b[numbers:], "\x00\x02S\x00\x02F\x00\x02L\x00\x02P\x00\x02X\x00")
	for i, f := range [][]uint32{{1, 4, 7, 1, 10}, {1, 4, 13, 2, 13, 0}} {
		at := 16 + 60*i
		binary.LittleEndian.PutUint32(b[index+8*i+4:], uint32(at))
		for k, field := range []int{pcsp, pcfile, pcln, npcdata} {
			binary.LittleEndian.PutUint32(b[index+at+field:], f[k])
		}
		binary.LittleEndian.PutUint32(b[index+at+cuOffset:], 1)
		binary.LittleEndian.PutUint32(b[index+at+startLine:], 9)
		for k, at2 := range f[4:] {
			binary.LittleEndian.PutUint32(b[index+at+pcdata+4*k:], at2)
		}
	}
	return b
}

func TestLinesAreDropped(t *testing.T) {
	before := append([]byte("before it"), tableOfTwo()...)
	after := append([]byte(nil), before...)
	require.NoError(t, dropLines(after))
	b := after[len("before it"):]
	require.Equal(t, "a.f\x00a.g\x00", string(b[72:80]), "names stay")
	require.Equal(t, make([]byte, 16), b[80:96], "units and files go")
	require.Equal(t, "\x00\x02S\x00\x00\x00\x00\x00\x00\x00\x02P\x00\x02X\x00", string(b[96:112]), "what something else uses stays")
	for f := 128 + 16; f < len(b); f += 60 {
		require.Equal(t, make([]byte, 8), b[f+pcfile:f+npcdata])
		require.Equal(t, make([]byte, 8), b[f+cuOffset:f+cuOffset+8])
		require.Equal(t, uint32(1), binary.LittleEndian.Uint32(b[f+pcsp:]))
	}
}

func TestOtherTablesAreRefused(t *testing.T) {
	for name, edit := range map[string]func([]byte) []byte{
		"none":                   func(b []byte) []byte { b[0]++; return b },
		"two":                    func(b []byte) []byte { return append(b, b...) },
		"a header cut short":     func(b []byte) []byte { return b[:60] },
		"no functions":           func(b []byte) []byte { b[8] = 0; return b },
		"a large number":         func(b []byte) []byte { b[68] = 1; return b },
		"out of order":           func(b []byte) []byte { b[56] = 70; return b },
		"functions cut short":    func(b []byte) []byte { return b[:len(b)-20] },
		"a function beyond":      func(b []byte) []byte { b[128+7] = 1; return b },
		"lines beyond the steps": func(b []byte) []byte { b[128+16+pcln+1] = 1; return b },
		"steps without an end": func(b []byte) []byte {
			for i := 103; i < 128; i++ {
				b[i] = 0xff
			}
			return b
		},
	} {
		require.ErrorIs(t, dropLines(edit(tableOfTwo())), errLines, name)
	}
}
