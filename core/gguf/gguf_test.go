package gguf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/tensor"
	"github.com/tritkit/tritkit/internal/bounded"
	"github.com/tritkit/tritkit/internal/malformed"
	"pgregory.net/rapid"
)

// small is a sound file of every kind of value and a tensor of three types.
func small(t testing.TB) []byte {
	kv := []KV{
		{"general.architecture", String("x")}, {"u8", Uint8(255)}, {"i8", Int8(-1)}, {"u16", Uint16(65535)}, {"i16", Int16(-2)}, {"u32", Uint32(1)}, {"i32", Int32(-3)},
		{"f32", Float32(0.5)}, {"bool", Bool(true)}, {"u64", Uint64(1 << 63)}, {"i64", Int64(-4)}, {"f64", Float64(0.25)},
		{"strings", Strings([]string{"a", "", "ü"})}, {"ints", Int32s([]int32{1, -1})}, {"floats", Float32s([]float32{1.5})},
	}
	head, placed, size, err := Header(kv, []tensor.Tensor{
		{Name: "a", Type: dtype.F32, Shape: []int64{3}}, {Name: "b", Type: dtype.I2_S, Shape: []int64{4, 128}}, {Name: "c", Type: dtype.TQ2_0, Shape: []int64{2, 256}},
	}, 32)
	require.NoError(t, err)
	require.Len(t, placed, 3)
	return append(head, make([]byte, size-int64(len(head)))...)
}

func read(b []byte) (*File, error) { return readAssuming(b, nil) }

func readAssuming(b []byte, assume map[uint32]dtype.Type) (*File, error) {
	return Read(bytes.NewReader(b), int64(len(b)), ReadOptions{Assume: assume})
}

func TestReadUndoesHeader(t *testing.T) {
	f, err := read(small(t))
	require.NoError(t, err)
	require.Len(t, f.KV, 15)
	require.Equal(t, []int64{4, 128}, f.Tensors[1].Shape)
	require.EqualValues(t, 4*128/4+32, f.Tensors[1].Bytes)
	v, _ := f.Get("strings")
	list, err := v.Strings()
	require.NoError(t, err)
	require.Equal(t, []string{"a", "", "ü"}, list)
	_, err = v.Uint()
	require.Error(t, err, "accessors never cast")
	head, _, _, err := Header(f.KV, f.Tensors, f.Alignment)
	require.NoError(t, err)
	require.Equal(t, small(t)[:len(head)], head)
}

func TestReadOpensTheReferenceFiles(t *testing.T) {
	for _, name := range []string{"tiny-b158-i2s.gguf", "tiny-bitnet-silu-i2s.gguf"} {
		b, err := os.ReadFile("../../testdata/golden/" + name)
		require.NoError(t, err)
		f, err := read(b)
		require.NoError(t, err)
		require.Equal(t, dtype.I2_S, f.Settled[0].Type)
	}
}

func TestEveryCutIsRefused(t *testing.T) {
	b := small(t)
	for n := range len(b) - 12 { // the last padding may be absent: 2*66 bytes end 28 before the alignment
		f, err := read(b[:n])
		if err == nil {
			require.GreaterOrEqual(t, int64(n), f.Tensors[2].Offset+f.Tensors[2].Bytes, "cut at %d", n)
		}
	}
}

// Every bit of a header, flipped: refused, or the same parse but for that one field.
func TestEveryFlipIsRefusedOrChangesOneField(t *testing.T) {
	b := small(t)
	f, err := read(b)
	require.NoError(t, err)
	accepted := 0
	for i := range f.Data * 8 {
		x := bytes.Clone(b)
		x[i/8] ^= 1 << (i % 8)
		g, err := read(x)
		if err != nil {
			require.ErrorAs(t, err, new(*fault.Error), "bit %d", i)
			continue
		}
		accepted++
		require.Len(t, g.KV, len(f.KV), "bit %d", i)
		require.Len(t, g.Tensors, len(f.Tensors), "bit %d", i)
		changed := 0
		for k := range f.KV {
			if g.KV[k] != f.KV[k] {
				changed++
			}
		}
		for k := range f.Tensors {
			if !reflect.DeepEqual(g.Tensors[k], f.Tensors[k]) {
				changed++
			}
		}
		require.LessOrEqual(t, changed, 1, "bit %d", i)
	}
	require.Greater(t, accepted, 0)
}

func TestHostileNumbers(t *testing.T) {
	put := func(at int, v uint64) []byte {
		b := bytes.Clone(small(t))
		binary.LittleEndian.PutUint64(b[at:], v)
		return b
	}
	for name, x := range map[string]struct {
		b    []byte
		want fault.Class
	}{
		"no bytes":         {nil, fault.Truncated},
		"wrong magic":      {[]byte("ggjt\x03\x00\x00\x00aaaaaaaaaaaaaaaaaaaaaaaa"), fault.Magic},
		"a web page":       {[]byte("<!DOCTYPE html><html><body>404 not found</body></html>"), fault.Magic},
		"2^63 tensors":     {put(8, 1<<63), fault.Count},
		"2^40 pairs":       {put(16, 1<<40), fault.Count},
		"a key of 2^64-1":  {put(24, 1<<64-1), fault.Length},
		"version 4":        {append([]byte("GGUF\x04\x00\x00\x00"), small(t)[8:]...), fault.Version},
		"byte-swapped":     {append([]byte("GGUF\x00\x00\x00\x03"), small(t)[8:]...), fault.Endian},
		"a tensor cut off": {small(t)[:len(small(t))-140], fault.Bounds},
	} {
		_, err := read(x.b)
		var e *fault.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, x.want, e.Class, name)
	}
}

// drawValue draws a value of any type.
func drawValue(t *rapid.T) Value {
	switch rapid.IntRange(0, 13).Draw(t, "type") {
	case 0:
		return Uint8(rapid.Uint8().Draw(t, "v"))
	case 1:
		return Int8(rapid.Int8().Draw(t, "v"))
	case 2:
		return Uint16(rapid.Uint16().Draw(t, "v"))
	case 3:
		return Int16(rapid.Int16().Draw(t, "v"))
	case 4:
		return Uint32(rapid.Uint32().Draw(t, "v"))
	case 5:
		return Int32(rapid.Int32().Draw(t, "v"))
	case 6:
		return Uint64(rapid.Uint64().Draw(t, "v"))
	case 7:
		return Int64(rapid.Int64().Draw(t, "v"))
	case 8:
		return Float32(rapid.Float32().Draw(t, "v"))
	case 9:
		return Float64(rapid.Float64().Draw(t, "v"))
	case 10:
		return Bool(rapid.Bool().Draw(t, "v"))
	case 11:
		return Strings(rapid.SliceOfN(rapid.String(), 0, 5).Draw(t, "v"))
	case 12:
		return Int32s(rapid.SliceOfN(rapid.Int32(), 0, 9).Draw(t, "v"))
	}
	return String(rapid.String().Draw(t, "v"))
}

// Reading undoes writing, whatever is written; and writing what was read gives the same bytes.
func TestReadUndoesHeaderOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]+\.[a-z_.]{0,20}x`), 0, 8, rapid.ID[string]).Draw(t, "keys")
		var kv []KV
		for _, k := range keys {
			kv = append(kv, KV{k, drawValue(t)})
		}
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z][a-z0-9_.]{0,60}`), 0, 8, rapid.ID[string]).Draw(t, "names")
		var tensors []tensor.Tensor
		for _, n := range names {
			f := rapid.SampledFrom([]dtype.Type{dtype.F32, dtype.F16, dtype.BF16, dtype.Q8_0, dtype.Q6_K, dtype.I2_S, dtype.TQ1_0, dtype.TQ2_0, dtype.Q2_0}).Draw(t, "type")
			rows, blocks := rapid.Int64Range(1, 5).Draw(t, "rows"), rapid.Int64Range(1, 3).Draw(t, "blocks")
			tensors = append(tensors, tensor.Tensor{Name: n, Type: f, Shape: []int64{rows, blocks * int64(dtype.Lookup(f).Block)}})
		}
		alignment := int64(32) << rapid.IntRange(0, 3).Draw(t, "alignment")
		if alignment != 32 {
			kv = append(kv, KV{"general.alignment", Uint32(uint32(alignment))})
		}
		head, placed, size, err := Header(kv, tensors, alignment)
		require.NoError(t, err)
		b := append(head, make([]byte, size-int64(len(head)))...)
		f, err := read(b)
		if err != nil && errors.Is(err, fault.ErrUnsupported) {
			return // an ambiguous type number whose sizes prove nothing
		}
		require.NoError(t, err)
		require.Equal(t, len(kv), len(f.KV))
		for i := range kv {
			require.Equal(t, kv[i], f.KV[i])
		}
		for i := range placed {
			require.Equal(t, placed[i], f.Tensors[i])
		}
		again, _, _, err := Header(f.KV, f.Tensors, f.Alignment)
		require.NoError(t, err)
		require.Equal(t, head, again)
	})
}

func ExampleRead() {
	head, _, size, err := Header([]KV{{"general.architecture", String("bitnet-b1.58")}}, []tensor.Tensor{{Name: "blk.0.attn_q.weight", Type: dtype.I2_S, Shape: []int64{4, 128}}}, 32)
	if err != nil {
		return
	}
	file := append(head, make([]byte, size-int64(len(head)))...)
	f, err := Read(bytes.NewReader(file), int64(len(file)), ReadOptions{})
	if err != nil {
		return
	}
	fmt.Println(f.Tensors[0].Name, f.Tensors[0].Type, f.Tensors[0].Shape, f.Tensors[0].Bytes)
	fmt.Println(f.Settled[0].How)
	// Output:
	// blk.0.attn_q.weight i2_s [4 128] 160
	// the sizes of all 1 tensors fit i2_s and not iq4_nl_4_4
}

func FuzzGGUF(f *testing.F) {
	f.Add(small(f))
	for _, c := range append(malformed.GGUF(), malformed.SoundGGUF()...) {
		f.Add(c.Make())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		bounded.Run(t, 1<<20, 16, int64(len(b)), func() { read(b) })
	})
}
