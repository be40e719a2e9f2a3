package model

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/dtype"
)

// subjects are what people have, each with the answers of the runtimes in the order of the table:
// bitnet.cpp, llama.cpp, ik_llama.cpp, bitnet.c, Ollama, LM Studio, llamafile, transformers.
var subjects = []struct {
	name    string
	arch    *Arch
	types   []dtype.Type
	untied  bool
	folder  bool
	answers string // l loads, w loads wrong, r refuses, u unknown
}{
	{"2B-4T as i2_s", BitNetB158, []dtype.Type{dtype.I2_S}, false, false, "lrrlrrrr"},
	{"2B-4T as tq2_0", BitNetB158, []dtype.Type{dtype.TQ2_0}, false, false, "rrulrrrr"},
	{"2B-4T as q2_0", BitNetB158, []dtype.Type{dtype.Q2_0}, false, false, "rrurrrrr"},
	{"2B-4T as f16", BitNetB158, []dtype.Type{dtype.F16}, false, false, "rrllrrrr"},
	{"2B-4T with a head of its own", BitNetB158, []dtype.Type{dtype.I2_S}, true, false, "wrrlrrrr"},
	{"bitnet-25 as i2_s", BitNet25, []dtype.Type{dtype.I2_S}, false, false, "urrlrrrr"},
	{"1bitLLM as i2_s", BitNet, []dtype.Type{dtype.I2_S}, false, false, "lrrwrrrr"},
	{"1bitLLM as tq2_0", BitNet, []dtype.Type{dtype.TQ2_0}, false, false, "rluwruur"},
	{"1bitLLM with a head of its own", BitNet, []dtype.Type{dtype.TQ2_0}, true, false, "rruwrrrr"},
	{"Falcon3 as i2_s", Llama, []dtype.Type{dtype.I2_S}, true, false, "lrrurrrr"},
	{"Falcon3 as tq1_0", Llama, []dtype.Type{dtype.TQ1_0}, true, false, "rluuruur"},
	{"Falcon3 as q2_0", Llama, []dtype.Type{dtype.Q2_0}, true, false, "rlurluur"},
	{"Falcon3 as bf16", Llama, []dtype.Type{dtype.BF16}, true, false, "rllrluur"},
	{"a mixture of types", Llama, []dtype.Type{dtype.TQ1_0, dtype.Q4_0}, true, false, "rrurrrrr"},
	{"2B-4T as a packed folder", BitNetB158, []dtype.Type{dtype.U8}, false, true, "rrrrrrrl"},
}

func TestWhatLoadsWhere(t *testing.T) {
	letters := map[string]string{Loadable: "l", LoadsWrong: "w", Refuses: "r", Unsure: "u"}
	for _, x := range subjects {
		c := &Config{Arch: x.arch, Activation: x.arch.Activation, Embd: 2560, FFN: 6912, Heads: 20, KVHeads: 5, HeadDim: 128}
		s := Subject{Config: c, Container: "gguf", Types: x.types, Untied: x.untied}
		if x.folder {
			s.Container, s.Quant = "safetensors", &Quant{}
		}
		got := ""
		for _, l := range Loads(s) {
			got += letters[l.Verdict]
			require.NotEmpty(t, l.Why, "%s: %s", x.name, l.App)
			require.Regexp(t, `^20\d\d-\d\d$`, l.Date)
			require.NotEmpty(t, l.Version)
			if l.Verdict == Refuses && l.App != "transformers" && !x.untied {
				require.NotEmpty(t, l.Next, "%s: %s says no and no way out", x.name, l.App)
			}
		}
		require.Equal(t, x.answers, got, x.name)
	}
}

// Shapes and activations that load and compute something else.
func TestNothingLoadsWithoutWeights(t *testing.T) {
	require.Empty(t, Loads(Subject{Config: &Config{Arch: Llama}, Container: "gguf"}))
}

func TestWhatLoadsAndMisbehaves(t *testing.T) {
	odd := &Config{Arch: BitNetB158, Activation: ReLU2, Embd: 2562, FFN: 6912, KVHeads: 5, HeadDim: 128}
	require.Equal(t, LoadsWrong, Loads(Subject{Config: odd, Container: "gguf", Types: []dtype.Type{dtype.I2_S}})[0].Verdict)
	other := &Config{Arch: BitNet, Activation: ReLU2, Embd: 2560, FFN: 6912, KVHeads: 5, HeadDim: 128}
	require.Equal(t, LoadsWrong, Loads(Subject{Config: other, Container: "gguf", Types: []dtype.Type{dtype.I2_S}})[0].Verdict)
	floats := &Config{Arch: Llama, Activation: SiLU}
	require.Equal(t, LoadsWrong, Loads(Subject{Config: floats, Container: "safetensors", Types: []dtype.Type{dtype.BF16}})[7].Verdict)
	b := Loads(Subject{Config: odd, Container: "gguf", Types: []dtype.Type{dtype.I2_S}})[0].AppendJSON(nil)
	require.True(t, strings.HasPrefix(string(b), `{"app":"bitnet.cpp","version":"01eb415","date":`), string(b))
}
