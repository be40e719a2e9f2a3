package convert

// Folders that transformers loaded and ran: testdata/oracle/layers.py asked its layers for the weights they multiply by.

import (
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/internal/synth"
)

const layersSeed = 13

// layersFolders is what layers.py loads, by name; folders whose names share a first part are one model.
func layersFolders(t *testing.T) map[string]fs.FS {
	all := map[string]fs.FS{}
	for name, form := range map[string]synth.Form{
		"bf16": synth.Master, "f16": synth.MasterF16, "f32": synth.MasterF32, "llama": synth.LlamaBF16,
		"packed": synth.Packed, "packed-inverse": synth.PackedInv, "llama-packed": synth.LlamaPack, "codes": synth.Codes,
	} {
		all[name+".0-source"] = synth.Folder(synth.Tiny, form, layersSeed)
		c := open(t, all[name+".0-source"])
		all[name+".hf-packed"] = asFolder(t, c, Options{Type: HFPacked})
		all[name+".hf-float"] = asFolder(t, c, Options{Type: HFFloat})
		if form == synth.Master || form == synth.LlamaBF16 {
			i2s := open(t, asFile(write(t, c, Options{Type: "i2_s"})))
			all[name+".hf-packed-from-i2_s"] = asFolder(t, i2s, Options{Type: HFPacked})
			all[name+".hf-float-from-i2_s"] = asFolder(t, i2s, Options{Type: HFFloat})
		}
	}
	return all
}

func TestOracleWritesWhatLayersLoads(t *testing.T) {
	if *outputs == "" {
		return
	}
	dir := filepath.Join(*outputs, "layers")
	require.NoError(t, os.RemoveAll(dir))
	for name, folder := range layersFolders(t) {
		require.NoError(t, os.CopyFS(filepath.Join(dir, name), folder))
	}
}

// layersFound is what layers.py found in one folder: by Hugging Face name the digest of the codes and the scale's bits,
// in the folder's own dtype and in float32.
type layersFound struct {
	SHA256, Layer string
	Own, Float32  map[string][2]string
}

func TestOracleLayersMultiplyByOurWeights(t *testing.T) {
	var want map[string]layersFound
	oracleRead(t, "layers.json", &want)
	folders := layersFolders(t)
	require.Len(t, want, len(folders))
	for name, folder := range folders {
		t.Run(name, func(t *testing.T) {
			b, err := fs.ReadFile(folder, WeightsName)
			require.NoError(t, err)
			require.Equal(t, want[name].SHA256, digestOf(b), "the weights that transformers loaded")
			c := open(t, folder)
			ours := layersOf(t, c)
			require.Len(t, ours, len(want[name].Own))
			for hf, l := range ours {
				own, float := want[name].Own[hf], want[name].Float32[hf]
				require.Equal(t, own[0], l.codes, hf)
				require.Equal(t, float[0], l.codes, hf)
				switch {
				case want[name].Layer == "BitLinear": // divides, in bf16 by a weight_scale that it rounds first
					require.InEpsilon(t, l.scale, scaleBits(t, float[1]), 1e-6, hf)
					require.InEpsilon(t, l.scale, scaleBits(t, own[1]), 1.0/128, hf)
				case c.Config.Quant.Mode == "offline":
					require.Equal(t, l.scale, scaleBits(t, own[1]), hf)
					require.Equal(t, l.scale, scaleBits(t, float[1]), hf)
				case c.Config.DType == dtype.F32: // torch sums in float32
					require.InEpsilon(t, l.scale, scaleBits(t, own[1]), 1e-6, hf)
				default:
					require.Equal(t, l.scale, scaleBits(t, own[1]), hf)
					require.Equal(t, l.scale, dtype.RoundTo(c.Config.DType, scaleBits(t, float[1])), hf)
				}
			}
		})
	}
}

// What is exported runs in transformers with the codes and scale that its source runs with there.
func TestOracleLayersOfExportsAreTheSources(t *testing.T) {
	var all map[string]layersFound
	oracleRead(t, "layers.json", &all)
	for name, x := range all {
		group, export, _ := strings.Cut(name, ".")
		source := all[group+".0-source"]
		// bf16 keeps 8 bits: a packed scale is rounded to it once, ±b/(1-z) once more; b itself was rounded where the
		// source's dtype is one of 16 bits, which the source in float32 does not show.
		epsilon := 1.0 / 256
		if strings.HasPrefix(export, HFFloat) {
			epsilon = 1.0 / 128
		}
		for hf, l := range x.Float32 {
			require.Equal(t, source.Float32[hf][0], l[0], "%s %s", name, hf)
			require.InEpsilon(t, scaleBits(t, source.Float32[hf][1]), scaleBits(t, l[1]), epsilon, "%s %s", name, hf)
			if strings.HasPrefix(export, HFPacked) {
				require.Equal(t, dtype.RoundTo(dtype.BF16, scaleBits(t, source.Float32[hf][1])), scaleBits(t, l[1]), "%s %s", name, hf)
			}
		}
	}
	for hf, l := range all["packed.0-source"].Float32 { // one model, multiplied by its scale and divided by the inverse
		inverse := all["packed-inverse.0-source"].Float32[hf]
		require.Equal(t, l[0], inverse[0], hf)
		require.InEpsilon(t, scaleBits(t, l[1]), scaleBits(t, inverse[1]), 1e-6, hf)
	}
}

type layer struct {
	codes string
	scale float32
}

// layersOf reads every linear of a folder in Hugging Face's own order of rows.
func layersOf(t *testing.T, c *checkpoint.Checkpoint) map[string]layer {
	require.NoError(t, c.Unknown)
	require.Empty(t, c.Problems)
	r := c.NewReader(checkpoint.ReadOptions{HFOrder: true})
	all := map[string]layer{}
	for i := range c.Weights {
		w := &c.Weights[i]
		if w.Kind != model.Linear {
			continue
		}
		m, err := r.Open(t.Context(), w)
		require.NoError(t, err)
		whole := ternary.Matrix{Rows: m.Rows, Cols: m.Cols}
		require.NoError(t, m.ReadRows(&whole, 0))
		codes := make([]byte, len(whole.Trits))
		for i, x := range whole.Trits {
			codes[i] = byte(x)
		}
		all[w.HF] = layer{digestOf(codes), whole.Scale[0]}
	}
	return all
}

func scaleBits(t *testing.T, hex string) float32 {
	bits, err := strconv.ParseUint(hex, 16, 32)
	require.NoError(t, err)
	return math.Float32frombits(uint32(bits))
}
