package convert

// Outputs as other people's packages read them: gguf, safetensors and transformers, kept by testdata/oracle/gen.py.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/tensor"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/internal/synth"
)

const oraclePath = "../../testdata/oracle"

var outputs = flag.String("outputs", "", "write the outputs that testdata/oracle/gen.py reads to this folder")

// oracleOutputs are the conversions that the packages have read, by name; the source is the bf16 master of seed 9.
var oracleOutputs = map[string]Options{
	"tq1_0.gguf": {Type: "tq1_0"}, "tq2_0.gguf": {Type: "tq2_0", Embd: "q8_0"}, "f16.gguf": {Type: "f16"}, "bf16.gguf": {Type: "bf16"},
	"f32.gguf": {Type: "f32", Embd: "q6_k"}, "hf-packed": {Type: HFPacked}, "hf-float": {Type: HFFloat},
}

func oracleMaster(t testing.TB) *checkpoint.Checkpoint {
	return open(t, synth.Folder(synth.Tiny, synth.Master, 9))
}

func oracleRead(t *testing.T, name string, into any) {
	b, err := os.ReadFile(filepath.Join(oraclePath, name))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, into))
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func TestOracleWritesItsInputs(t *testing.T) {
	if *outputs == "" {
		return
	}
	save := func(dir string, fsys fs.FS) {
		os.RemoveAll(filepath.Join(*outputs, dir))
		require.NoError(t, os.CopyFS(filepath.Join(*outputs, dir), fsys))
	}
	save("master", synth.Folder(synth.Tiny, synth.Master, 9))
	save("inverse", synth.Folder(synth.Tiny, synth.PackedInv, 9))
	for name, o := range oracleOutputs {
		if strings.HasPrefix(name, "hf-") {
			save(name, asFolder(t, oracleMaster(t), o))
			continue
		}
		require.NoError(t, os.WriteFile(filepath.Join(*outputs, name), write(t, oracleMaster(t), o), 0o644))
	}
}

// values is a tensor's values as little-endian float32, decoded by our own formats.
func values(t *testing.T, c *checkpoint.Checkpoint, x *tensor.Tensor) []byte {
	b := make([]byte, x.Bytes)
	require.NoError(t, c.ReadAt(x.File, b, x.Offset))
	f := dtype.Lookup(x.Type)
	w := make([]float32, x.Elements())
	switch {
	case x.Type == dtype.U8:
		for i, v := range b {
			w[i] = float32(v)
		}
	case f.Unpack != nil:
		m := ternary.Matrix{Rows: int(x.Rows()), Cols: int(x.Cols())}
		require.NoError(t, f.Unpack(&m, b))
		m.Weights(w, 0)
	default:
		f.Decode(w, b)
	}
	return float32Bytes(w)
}

func TestOracleReadsEqualValues(t *testing.T) {
	var want map[string]struct {
		SHA256  string
		Keys    []string
		Tensors map[string][]any
	}
	oracleRead(t, "outputs.json", &want)
	require.Len(t, want, len(oracleOutputs))
	types := map[string]string{"bfloat16": "bf16", "uint8": "u8"}
	for name, o := range oracleOutputs {
		t.Run(name, func(t *testing.T) {
			var b []byte
			var c *checkpoint.Checkpoint
			if strings.HasPrefix(name, "hf-") {
				folder := asFolder(t, oracleMaster(t), o)
				b, _ = fs.ReadFile(folder, WeightsName)
				c = open(t, folder)
			} else {
				b = write(t, oracleMaster(t), o)
				c = open(t, asFile(b))
			}
			require.Equal(t, want[name].SHA256, digestOf(b), "the file that the packages have read")
			require.Len(t, c.Tensors, len(want[name].Tensors))
			for i := range c.Tensors {
				x := &c.Tensors[i]
				w := want[name].Tensors[x.Name]
				typ := w[0].(string)
				if s, ok := types[typ]; ok {
					typ = s
				}
				require.Equal(t, typ, x.Type.String(), x.Name)
				var shape []int64
				for _, d := range w[1].([]any) {
					shape = append(shape, int64(d.(float64)))
				}
				require.Equal(t, shape, x.Shape, x.Name)
				require.Equal(t, w[2], digestOf(values(t, c, x)), x.Name)
			}
			for i, key := range want[name].Keys {
				require.Equal(t, key, c.GGUF.KV[i].Key)
			}
		})
	}
}

// The codes and the scale that transformers computes with are those that we read, whatever the folder holds.
func TestOracleTransformersComputesWithOurCodesAndScale(t *testing.T) {
	var want map[string]map[string][2]string
	oracleRead(t, "transformers.json", &want)
	for name, fsys := range map[string]fs.FS{
		"master": synth.Folder(synth.Tiny, synth.Master, 9), "inverse": synth.Folder(synth.Tiny, synth.PackedInv, 9),
		"hf-packed": asFolder(t, oracleMaster(t), Options{Type: HFPacked}), "hf-float": asFolder(t, oracleMaster(t), Options{Type: HFFloat}),
	} {
		c := open(t, fsys)
		r := c.NewReader(checkpoint.ReadOptions{HFOrder: true})
		n := 0
		for i := range c.Weights {
			w := &c.Weights[i]
			if w.Kind != model.Linear {
				continue
			}
			n++
			m, err := r.Open(context.Background(), w)
			require.NoError(t, err)
			all := ternary.Matrix{Rows: m.Rows, Cols: m.Cols}
			require.NoError(t, m.ReadRows(&all, 0))
			codes := make([]byte, len(all.Trits))
			for i, x := range all.Trits {
				codes[i] = byte(x)
			}
			require.Equal(t, want[name][w.HF][0], digestOf(codes), "%s %s", name, w.HF)
			scale, err := strconv.ParseFloat(want[name][w.HF][1], 64)
			require.NoError(t, err)
			if name == "inverse" {
				require.InEpsilon(t, scale, float64(all.Scale[0]), 1e-6, w.HF) // 1/x in float32 there and here
			} else {
				require.Equal(t, float32(scale), all.Scale[0], "%s %s: equal, for both round it to bf16", name, w.HF)
			}
		}
		require.Equal(t, len(want[name]), n)
	}
}
