package gguf

// Type numbers that mean different things in different forks, proved by the spans of the tensors.

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/tensor"
)

// laid is a file of tensors of one type, each rows x cols.
func laid(t *testing.T, typ dtype.Type, shapes ...[2]int64) []byte {
	t.Helper()
	var list []tensor.Tensor
	for i, s := range shapes {
		list = append(list, tensor.Tensor{Name: string(rune('a' + i)), Type: typ, Shape: []int64{s[0], s[1]}})
	}
	head, _, size, err := Header(nil, list, 32)
	require.NoError(t, err)
	return append(head, make([]byte, size-int64(len(head)))...)
}

func TestTypeNumbersAreSettledBySize(t *testing.T) {
	for _, x := range []struct {
		typ    dtype.Type
		shapes [][2]int64
	}{
		{dtype.Q2_0, [][2]int64{{64, 512}, {3, 128}}}, {dtype.Q2_0_G128, [][2]int64{{64, 512}, {8, 256}}},
		{dtype.I2_S, [][2]int64{{4, 128}, {640, 2560}}}, {dtype.IQ4_NL_4_4, [][2]int64{{4, 128}}},
		{dtype.MXFP4, [][2]int64{{64, 256}}},
	} {
		f, err := read(laid(t, x.typ, x.shapes...))
		require.NoError(t, err, x.typ)
		require.Len(t, f.Settled, 1)
		require.Equal(t, x.typ, f.Settled[0].Type)
		require.Equal(t, len(x.shapes), f.Settled[0].Tensors)
		require.Contains(t, f.Settled[0].How, "fit "+x.typ.String())
		for i := range f.Tensors {
			require.Equal(t, x.typ, f.Tensors[i].Type)
		}
	}
}

// One tensor of 128 elements: 36 bytes or 34, both 64 with the padding. Nothing in the file tells, so the user must.
func TestWhatSizesCannotTellIsRefused(t *testing.T) {
	b := laid(t, dtype.Q2_0, [2]int64{1, 128})
	_, err := read(b)
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, fault.Ambiguous, e.Class)
	require.Contains(t, e.Next, "--assume 42=q2_0 (or =q2_0_g128)")
	for _, typ := range []dtype.Type{dtype.Q2_0, dtype.Q2_0_G128} {
		f, err := readAssuming(b, map[uint32]dtype.Type{42: typ})
		require.NoError(t, err)
		require.Equal(t, typ, f.Tensors[0].Type)
		require.Equal(t, "the user said so", f.Settled[0].How)
	}
	_, err = readAssuming(b, map[uint32]dtype.Type{42: dtype.TQ2_0})
	require.ErrorContains(t, err, "type number 42 cannot be tq2_0; it is q2_0 or q2_0_g128")
}

// One tensor that fits neither meaning spoils the proof of all.
func TestWhatFitsNoMeaningIsRefused(t *testing.T) {
	b := laid(t, dtype.I2_S, [2]int64{4, 128}, [2]int64{8, 128})
	for n := range 64 { // the last tensor loses more than its padding
		_, err := read(b[:len(b)-1-n-28])
		require.Error(t, err)
	}
	_, err := read(b[:len(b)-64])
	require.ErrorContains(t, err, "type number 36 is")
	require.ErrorContains(t, err, "neither fits")
}

func TestOutOfOrderTablesAreReadAndSaid(t *testing.T) {
	b := laid(t, dtype.F32, [2]int64{1, 8}, [2]int64{1, 8})
	f, err := read(b)
	require.NoError(t, err)
	require.False(t, f.OutOfOrder)
	const first, entry = 24 + 8 + 1 + 4 + 16 + 4, 8 + 1 + 4 + 16 + 4 + 8 // where the first offset stands; a line of the table
	b[first], b[first+entry] = 32, 0
	f, err = read(b)
	require.NoError(t, err)
	require.True(t, f.OutOfOrder)
	require.Equal(t, f.Data+32, f.Tensors[0].Offset)
	require.Equal(t, f.Data, f.Tensors[1].Offset)
}
