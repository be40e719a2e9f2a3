package convert

// Outputs of packed sources as the packages gguf and safetensors open them: values, pairs and the bytes of their own
// quantisers, kept by testdata/oracle/open.py.

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/safetensors"
	"github.com/tritkit/tritkit/internal/synth"
)

// Outputs of packed sources, whose values testdata/oracle/open.py holds against the sources' own before it records them:
// every type, q and k permuted (llama) and not, multiplied by weight_scale and divided.

const openSeed = 11

// openSmall is a shape whose i2_s file is small enough to be kept, as testdata/oracle/small.i2_s.gguf.
var openSmall = synth.Shape{Layers: 1, Embd: 128, FFN: 256, Heads: 2, KVHeads: 1, Vocab: 260}

type openOutput struct {
	source synth.Form
	shape  synth.Shape
	opts   Options
}

// openOutputs is what open.py reads, by path; the first part of the name is the source's folder.
func openOutputs() map[string]openOutput {
	all := map[string]openOutput{"small.i2_s.gguf": {synth.Packed, openSmall, Options{Type: "i2_s", Embd: "q8_0"}}}
	for _, form := range []synth.Form{synth.Packed, synth.LlamaPack} {
		for _, typ := range append([]string{"f16", "bf16", "f32"}, ternaryTypes...) {
			all[string(form)+"."+typ+".gguf"] = openOutput{form, synth.Tiny, Options{Type: typ}}
		}
		for _, embd := range []string{"q8_0", "q6_k"} {
			all[string(form)+".tq2_0-"+embd+".gguf"] = openOutput{form, synth.Tiny, Options{Type: "tq2_0", Embd: embd}}
		}
		for _, typ := range []string{HFPacked, HFFloat} {
			all[string(form)+"."+typ+"/"+WeightsName] = openOutput{form, synth.Tiny, Options{Type: typ}}
		}
	}
	return all
}

func (o openOutput) folder() fstest.MapFS      { return synth.Folder(o.shape, o.source, openSeed) }
func (o openOutput) bytes(t *testing.T) []byte { return write(t, open(t, o.folder()), o.opts) }

func TestOracleWritesWhatOpenReads(t *testing.T) {
	if *outputs == "" {
		return
	}
	for _, dir := range []string{"open", "source"} {
		require.NoError(t, os.RemoveAll(filepath.Join(*outputs, dir)))
	}
	for name, o := range openOutputs() {
		source, _, _ := strings.Cut(name, ".")
		if dir := filepath.Join(*outputs, "source", source); !exists(dir) {
			require.NoError(t, os.CopyFS(dir, o.folder()))
		}
		path := filepath.Join(*outputs, "open", filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, o.bytes(t), 0o644))
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// opened is what open.py found in one output.
type opened struct {
	File    string
	Size    int
	SHA256  string
	KV      []openedPair
	Tensors []struct {
		Name, Type, SHA256 string // the digest is of the values as little-endian float32
		Shape              []int64
	}
}

// openedPair has the value of a scalar; of an array the type, number and digest of its elements.
type openedPair struct {
	Key, Type, Elem, SHA256 string
	Value                   any
	Len                     int
}

func TestOracleReadsTheSourcesValuesAndOurPairs(t *testing.T) {
	var want []opened
	oracleRead(t, "open.json", &want)
	all := openOutputs()
	require.Len(t, want, len(all))
	for _, w := range want {
		t.Run(w.File, func(t *testing.T) {
			b := all[w.File].bytes(t)
			c, kv := &checkpoint.Checkpoint{}, []openedPair(nil)
			if strings.HasSuffix(w.File, ".gguf") {
				c = open(t, asFile(b))
				for _, p := range c.GGUF.KV {
					kv = append(kv, pairOf(t, p))
				}
			} else {
				c = open(t, asFolder(t, open(t, all[w.File].folder()), all[w.File].opts))
				f, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
				require.NoError(t, err)
				for _, p := range f.Metadata {
					kv = append(kv, openedPair{Key: p.Key, Type: "string", Value: p.Value})
				}
			}
			require.Equal(t, w.KV, kv)
			require.Len(t, c.Tensors, len(w.Tensors))
			for i, want := range w.Tensors {
				x := &c.Tensors[i]
				require.Equal(t, want.Name, x.Name)
				require.Equal(t, want.Type, x.Type.String(), x.Name)
				require.Equal(t, want.Shape, x.Shape, x.Name)
				require.Equal(t, want.SHA256, digestOf(values(t, c, x)), x.Name)
			}
			require.Equal(t, w.Size, len(b))
			require.Equal(t, w.SHA256, digestOf(b), "pairs and values are the same, other bytes are not")
		})
	}
}

// One output is kept whole, to show the place of a difference.
func TestOracleSmallOutputKeepsItsBytes(t *testing.T) {
	const name = "small.i2_s.gguf"
	want, err := os.ReadFile(filepath.Join(oraclePath, name))
	require.NoError(t, err)
	got := openOutputs()[name].bytes(t)
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			t.Fatalf("byte %d is %#x, was %#x", i, got[i], want[i])
		}
	}
	require.Len(t, got, len(want))
}

func pairOf(t *testing.T, p gguf.KV) openedPair {
	v, k := p.Value, openedPair{Key: p.Key, Type: p.Value.Type().String()}
	var err error
	switch v.Type() {
	case gguf.TypeString:
		k.Value, err = v.Text()
	case gguf.TypeBool:
		k.Value, err = v.Bool()
	case gguf.TypeFloat32, gguf.TypeFloat64:
		k.Value, err = v.Float()
	case gguf.TypeArray:
		k.Elem, k.Len = v.Elem().String(), v.Len()
		k.SHA256 = digestOf(elements(t, v))
	default:
		var n int64
		n, err = v.Int()
		k.Value = float64(n) // as JSON has it
	}
	require.NoError(t, err, p.Key)
	return k
}

// elements returns an array's numbers as they lie in the file, its strings each ended by a zero byte.
func elements(t *testing.T, v gguf.Value) (b []byte) {
	switch v.Elem() {
	case gguf.TypeString:
		list, err := v.Strings()
		require.NoError(t, err)
		for _, s := range list {
			b = append(append(b, s...), 0)
		}
	case gguf.TypeFloat32:
		list, err := v.Float32s()
		require.NoError(t, err)
		b = float32Bytes(list)
	case gguf.TypeInt32:
		list, err := v.Int32s()
		require.NoError(t, err)
		for _, n := range list {
			b = binary.LittleEndian.AppendUint32(b, uint32(n))
		}
	default:
		t.Fatal("an array of ", v.Elem())
	}
	return b
}
