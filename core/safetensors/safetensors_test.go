package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/tensor"
	"github.com/tritkit/tritkit/internal/bounded"
	"github.com/tritkit/tritkit/internal/malformed"
	"pgregory.net/rapid"
)

func with(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func read(b []byte) (*File, error) { return Read(bytes.NewReader(b), int64(len(b))) }

func TestReadUndoesHeader(t *testing.T) {
	head, placed, size, err := Header([]tensor.Tensor{
		{Name: "b", Type: dtype.BF16, Shape: []int64{2, 3}}, {Name: "a\u00fc\"", Type: dtype.U8, Shape: []int64{5}}, {Name: "c", Type: dtype.F32, Shape: []int64{}},
	}, []Pair{{"format", "pt"}})
	require.NoError(t, err)
	f, err := read(append(head, make([]byte, size-int64(len(head)))...))
	require.NoError(t, err)
	require.Equal(t, placed, f.Tensors)
	require.Equal(t, []Pair{{"format", "pt"}}, f.Metadata)
	require.Zero(t, len(head)%8)
}

func TestHostileHeaders(t *testing.T) {
	one := `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`
	_, err := read(with(one, 8))
	require.NoError(t, err)
	_, err = read(with("{}", 0))
	require.NoError(t, err, "an empty file is sound")
	for name, x := range map[string]struct {
		b    []byte
		want fault.Class
	}{
		"short":                  {[]byte("abc"), fault.Truncated},
		"length 2^63":            {binary.LittleEndian.AppendUint64(nil, 1<<63), fault.Length},
		"an array":               {with("[]", 0), fault.JSON},
		"duplicate":              {with(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), fault.JSON},
		"duplicate by escape":    {with(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\u0061":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), fault.JSON},
		"wrong case":             {with(`{"a":{"Dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), fault.JSON},
		"null":                   {with(`{"a":null}`, 0), fault.JSON},
		"dim 2.0":                {with(`{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}`, 8), fault.JSON},
		"dim -2":                 {with(`{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}`, 8), fault.JSON},
		"dim 2^64+4":             {with(`{"a":{"dtype":"F32","shape":[18446744073709551620],"data_offsets":[0,8]}}`, 8), fault.JSON},
		"lower-case type":        {with(`{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}`, 8), fault.TensorType},
		"the product wraps":      {with(`{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}`, 8), fault.Overflow},
		"reversed":               {with(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}`, 8), fault.Offset},
		"length against shape":   {with(`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, 8), fault.Shape},
		"past the end":           {with(one, 7), fault.Bounds},
		"trailing bytes":         {with(one, 9), fault.Bounds},
		"the first is not at 0":  {with(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), fault.Offset},
		"overlap":                {with(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), fault.Offset},
		"garbage after":          {with("{}x", 0), fault.JSON},
		"metadata of no strings": {with(`{"__metadata__":{"a":1}}`, 0), fault.JSON},
	} {
		_, err := read(x.b)
		var e *fault.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, x.want, e.Class, "%s: %v", name, err)
	}
}

func TestIndex(t *testing.T) {
	x := &Index{TotalSize: 5, Weights: []Entry{{"a", "model-1.safetensors"}}}
	got, err := ReadIndex(AppendIndex(nil, x))
	require.NoError(t, err)
	require.Equal(t, x, got)
	for _, shard := range []string{"../x.safetensors", "/etc/x.safetensors", `C:\\x.safetensors`, "a/b.safetensors", "x.bin", ""} {
		_, err := ReadIndex([]byte(`{"weight_map":{"a":"` + shard + `"}}`))
		require.Error(t, err, shard)
	}
}

// Every bit of a header, flipped: refused, or read as what it says now; and never another tensor's bytes.
func TestEveryFlipIsAnErrorOrAFile(t *testing.T) {
	head, _, size, err := Header([]tensor.Tensor{{Name: "a", Type: dtype.BF16, Shape: []int64{2, 3}}, {Name: "b", Type: dtype.F32, Shape: []int64{2}}}, []Pair{{"k", "v"}})
	require.NoError(t, err)
	b := append(head, make([]byte, size-int64(len(head)))...)
	accepted := 0
	for i := range 8 * len(head) {
		x := bytes.Clone(b)
		x[i/8] ^= 1 << (i % 8)
		f, err := read(x)
		if err != nil {
			require.ErrorAs(t, err, new(*fault.Error))
			continue
		}
		accepted++
		end := f.Data
		for _, x := range f.Tensors {
			require.Equal(t, end, x.Offset, "bit %d", i)
			end += x.Bytes
		}
		require.Equal(t, f.Size, end)
	}
	require.Less(t, accepted, 100, "names and metadata alone may change unnoticed")
}

// Every cut of a file is refused: the tensors must fill it to its end.
func TestEveryCutIsRefused(t *testing.T) {
	head, _, size, err := Header([]tensor.Tensor{{Name: "a", Type: dtype.U8, Shape: []int64{40}}}, nil)
	require.NoError(t, err)
	b := append(head, make([]byte, size-int64(len(head)))...)
	for n := range b {
		_, err := read(b[:n])
		require.ErrorAs(t, err, new(*fault.Error), "cut at %d", n)
	}
}

// Reading undoes writing, whatever is written.
func TestReadUndoesHeaderOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[^_].{0,20}`), 0, 8, rapid.ID[string]).Draw(t, "names")
		var tensors []tensor.Tensor
		for _, n := range names {
			typ := rapid.SampledFrom([]dtype.Type{dtype.F32, dtype.F16, dtype.BF16, dtype.U8, dtype.I8, dtype.I64}).Draw(t, "type")
			tensors = append(tensors, tensor.Tensor{Name: n, Type: typ, Shape: rapid.SliceOfN(rapid.Int64Range(0, 5), 0, 4).Draw(t, "shape")})
		}
		head, placed, size, err := Header(tensors, []Pair{{"format", "pt"}})
		require.NoError(t, err)
		f, err := read(append(head, make([]byte, size-int64(len(head)))...))
		require.NoError(t, err)
		require.ElementsMatch(t, placed, f.Tensors)
	})
}

func ExampleRead() {
	head, _, size, err := Header([]tensor.Tensor{{Name: "w", Type: dtype.BF16, Shape: []int64{2, 3}}}, nil)
	if err != nil {
		return
	}
	file := append(head, make([]byte, size-int64(len(head)))...)
	f, err := Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return
	}
	fmt.Println(f.Tensors[0].Name, f.Tensors[0].Type, f.Tensors[0].Shape, f.Tensors[0].Bytes)
	// Output: w bf16 [2 3] 12
}

func FuzzSafetensors(f *testing.F) {
	f.Add(with(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8))
	for _, c := range append(malformed.Safetensors(), malformed.SoundSafetensors()...) {
		f.Add(c.Make())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		bounded.Run(t, 1<<20, 32, int64(len(b)), func() { read(b) })
		bounded.Run(t, 1<<20, 32, int64(len(b)), func() { ReadIndex(b) })
	})
}
