package model

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/internal/bounded"
)

const b158 = `{"architectures":["BitNetForCausalLM"],"hidden_act":"relu2","vocab_size":128256,"max_position_embeddings":4096,"hidden_size":2560,"num_hidden_layers":30,
"intermediate_size":6912,"num_attention_heads":20,"num_key_value_heads":5,"rms_norm_eps":1e-05,"rope_theta":500000.0,"tie_word_embeddings":true,"torch_dtype":"bfloat16",
"bos_token_id":128000,"eos_token_id":128001,"quantization_config":{"quant_method":"bitnet","linear_class":"autobitlinear","quantization_mode":"offline"}}`

func TestOfficialKeysInOfficialOrder(t *testing.T) {
	c, err := ReadConfig([]byte(b158), nil)
	require.NoError(t, err)
	var keys []string
	for _, kv := range KV(c) {
		keys = append(keys, strings.TrimPrefix(kv.Key, "bitnet-b1.58."))
	}
	require.Equal(t, []string{"vocab_size", "context_length", "embedding_length", "block_count", "feed_forward_length", "rope.dimension_count", "attention.head_count",
		"attention.head_count_kv", "attention.layer_norm_rms_epsilon", "rope.freq_base", "hidden_activation"}, keys)
	linear := int64(0)
	for _, s := range c.Arch.Slots(c) {
		if s.Kind == Linear {
			linear += s.Shape[0] * s.Shape[1]
		}
	}
	require.EqualValues(t, 2_084_044_800, linear)
}

func TestConfigRefusals(t *testing.T) {
	for name, edit := range map[string][2]string{
		"another class":        {`BitNetForCausalLM`, `FooForCausalLM`},
		"another activation":   {`"relu2"`, `"gelu"`},
		"a missing field":      {`"rope_theta":500000.0,`, ``},
		"no layers":            {`"num_hidden_layers":30`, `"num_hidden_layers":0`},
		"too many layers":      {`"num_hidden_layers":30`, `"num_hidden_layers":5000`},
		"a fraction":           {`"hidden_size":2560`, `"hidden_size":2560.0`},
		"an extra norm":        {`"quantization_mode"`, `"use_rms_norm":true,"quantization_mode"`},
		"another quantisation": {`"quant_method":"bitnet"`, `"quant_method":"gptq"`},
		"a duplicate key":      {`"bos_token_id"`, `"quantization_config":null,"bos_token_id"`},
		"yarn":                 {`"bos_token_id"`, `"rope_scaling":{"rope_type":"yarn"},"bos_token_id"`},
	} {
		_, err := ReadConfig([]byte(strings.Replace(b158, edit[0], edit[1], 1)), nil)
		var e *fault.Error
		require.ErrorAs(t, err, &e, name)
	}
}

func TestExportedConfigReadsBack(t *testing.T) {
	c, err := ReadConfig([]byte(b158), nil)
	require.NoError(t, err)
	again, err := ReadConfig(AppendHF(nil, c, c.Quant), nil)
	require.NoError(t, err)
	again.NameOrPath = c.NameOrPath
	require.Equal(t, c, again)
	q := &Quant{LinearClass: "autobitlinear", Mode: "online"}
	b, err := EditHF([]byte(b158), q)
	require.NoError(t, err)
	edited, err := ReadConfig(b, nil)
	require.NoError(t, err)
	require.Equal(t, q.Mode, edited.Quant.Mode)
	require.Equal(t, c.Embd, edited.Embd)
}

// An empty list would make transformers quantise the head.
func TestTheHeadIsNeverConverted(t *testing.T) {
	require.Equal(t, "null", string(appendNotConvert(nil, nil)))
	require.Equal(t, `["x","lm_head"]`, string(appendNotConvert(nil, []string{"x"})))
	require.Equal(t, `["lm_head"]`, string(appendNotConvert(nil, []string{"lm_head"})))
	for list, said := range map[string]bool{"null": false, "[]": true, `["lm_head"]`: false, `["model.layers.0.mlp"]`: true} {
		c, err := ReadConfig([]byte(strings.Replace(b158, `"quant_method"`, `"modules_to_not_convert":`+list+`,"quant_method"`, 1)), nil)
		require.NoError(t, err)
		require.Equal(t, said, strings.Contains(strings.Join(c.Assumed, " "), "lm_head"), list)
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(b158))
	f.Fuzz(func(t *testing.T, b []byte) {
		bounded.Run(t, 1<<20, 2*32, int64(len(b)), func() { ReadConfig(b, b) }) // two documents
		bounded.Run(t, 1<<20, 32, int64(len(b)), func() { EditHF(b, &Quant{}) })
	})
}

func ExampleLoads() {
	c := &Config{Arch: BitNetB158, Activation: ReLU2, Embd: 2560, FFN: 6912, KVHeads: 5, HeadDim: 128}
	for _, l := range Loads(Subject{Config: c, Container: "gguf", Types: []dtype.Type{dtype.I2_S}})[:2] {
		fmt.Println(l.App, l.Verdict)
	}
	// Output:
	// bitnet.cpp loads
	// llama.cpp refuses
}
