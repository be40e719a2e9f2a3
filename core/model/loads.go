package model

// Where a model will load: one table of runtimes, each a function of what the file holds.

import (
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/json"
)

// Subject is what a runtime looks at.
type Subject struct {
	Config     *Config
	Container  string       // "gguf" or "safetensors"
	Types      []dtype.Type // of the ternary weights
	Embd, Head dtype.Type
	Untied     bool
	Quant      *Quant // of a Hugging Face folder
}

// Load is one runtime's answer.
type Load struct {
	App, Version, Date string
	Verdict            string // "loads", "loads-wrong" (loads, and computes something else), "refuses", "unknown"
	Why, Next          string
}

// Verdicts.
const (
	Loadable   = "loads"
	LoadsWrong = "loads-wrong"
	Refuses    = "refuses"
	Unsure     = "unknown"
)

// AppendJSON appends {"app","version","date","verdict","why","next"}.
func (l Load) AppendJSON(b []byte) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "app"), l.App)
	b = json.AppendString(json.AppendKey(b, "version"), l.Version)
	b = json.AppendString(json.AppendKey(b, "date"), l.Date)
	b = json.AppendString(json.AppendKey(b, "verdict"), l.Verdict)
	b = json.AppendString(json.AppendKey(b, "why"), l.Why)
	b = json.AppendString(json.AppendKey(b, "next"), l.Next)
	return append(b, '}')
}

// runtime is a row of the table. The date is when its source was looked at.
type runtime struct {
	app, version, date string
	judge              func(s *Subject) (verdict, why, next string)
}

// runtimes: what their sources say. bitnet.cpp: microsoft/BitNet 01eb415 and its llama.cpp fork (src/llama.cpp:15239,
// 15389, 20114 of Eddie-Wang1120/llama.cpp 1f86f05). llama.cpp: ggml-org/ggml d99724f and issues 11183, 28769.
// transformers: integrations/bitnet.py at 0b4060e. Those that embed llama.cpp follow it. The rest is not verified.
var runtimes = [...]runtime{
	{"bitnet.cpp", "01eb415", "2026-03", judgeBitnetCpp},
	{"llama.cpp", "ggml d99724f", "2026-08", judgeLlamaCpp},
	{"ik_llama.cpp", "", "", judgeUnknown},
	{"bitnet.c", "", "", judgeUnknown},
	{"Ollama", "fb30760", "2026-08", judgeLlamaCpp},
	{"LM Studio", "", "", judgeEmbedded},
	{"llamafile", "", "", judgeEmbedded},
	{"transformers", "0b4060e", "2026-08", judgeTransformers},
}

// Loads returns every runtime's answer, in the order of the table.
func Loads(s Subject) []Load {
	list := make([]Load, 0, len(runtimes))
	for _, r := range runtimes {
		verdict, why, next := r.judge(&s)
		list = append(list, Load{r.app, r.version, r.date, verdict, why, next})
	}
	return list
}

func (s *Subject) all(types ...dtype.Type) bool {
	for _, t := range s.Types {
		found := false
		for _, want := range types {
			found = found || t == want
		}
		if !found {
			return false
		}
	}
	return len(s.Types) > 0
}

func judgeBitnetCpp(s *Subject) (verdict, why, next string) {
	c := s.Config
	switch {
	case s.Container != "gguf":
		return Refuses, "it reads GGUF only", "trit convert --type i2_s"
	case !s.all(dtype.I2_S):
		return Refuses, "its ternary kernels read i2_s", "trit convert --type i2_s"
	case c.Arch == BitNet25:
		return Unsure, "the name bitnet-25 was not looked up there", ""
	case s.Untied && c.Arch != Llama:
		return LoadsWrong, "it ignores output.weight and uses the embedding as head", ""
	case c.Embd%4 != 0 || c.FFN%4 != 0 || c.KVHeads*c.HeadDim%4 != 0:
		return LoadsWrong, "it misreads i2_s tensors whose rows are not a multiple of 4", ""
	case c.Activation != c.Arch.Activation:
		return LoadsWrong, "it computes " + string(c.Arch.Activation) + " under this architecture's name", ""
	case c.Arch == BitNetB158:
		return Loadable, "its own format and graph; the tree of July 2026 computes SiLU instead (BitNet issue 602)", "use the March 2026 tree, 01eb415"
	}
	return Loadable, "its own format and graph", ""
}

func judgeLlamaCpp(s *Subject) (verdict, why, next string) {
	c := s.Config
	switch {
	case s.Container != "gguf":
		return Refuses, "it reads GGUF only", "trit convert"
	case c.Arch == BitNetB158 || c.Arch == BitNet25:
		return Refuses, "it has no relu² graph: the architecture " + c.Arch.Name + " is unknown there, in every type", "renaming it to bitnet would load and compute SiLU: nonsense"
	case s.all(dtype.I2_S):
		return Refuses, "it has no i2_s; number 36 is a removed type there", "trit convert --type tq2_0"
	case !s.all(dtype.TQ1_0, dtype.TQ2_0, dtype.Q2_0, dtype.F16, dtype.BF16, dtype.F32):
		return Refuses, "it does not read these ternary types", "trit convert --type tq2_0"
	case s.all(dtype.F16, dtype.BF16, dtype.F32):
		return LoadsWrong, "float weights skip the int8 rounding of activations that the model was trained with", "trit convert --type tq2_0"
	}
	return Loadable, "it reads the type and the graph; activations are quantised per 256, so logits differ slightly", ""
}

func judgeEmbedded(s *Subject) (verdict, why, next string) {
	verdict, why, next = judgeLlamaCpp(s)
	if verdict == Loadable {
		return Unsure, "it embeds llama.cpp; which version, and whether with these types, was not looked up", next
	}
	return verdict, "it embeds llama.cpp: " + why, next
}

func judgeUnknown(s *Subject) (verdict, why, next string) {
	if s.Container != "gguf" {
		return Refuses, "it reads GGUF only", "trit convert"
	}
	return Unsure, "its current reader was not looked up", ""
}

func judgeTransformers(s *Subject) (verdict, why, next string) {
	switch {
	case s.Container != "safetensors":
		return Refuses, "its BitNet layers read safetensors folders", "trit convert --type hf-packed -o DIR"
	case s.Config.Class != nil && s.Config.Class.AltNames:
		return Refuses, "1bitLLM models bring their own modelling code", ""
	case s.Quant == nil:
		return LoadsWrong, "without a quantization_config it computes with plain floats", "trit snap"
	}
	return Loadable, "quant_method bitnet", ""
}
