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

// runtime is a row of the table: what was looked at, when, and how it judges.
type runtime struct {
	app, version, date string
	judge              func(s *Subject) (verdict, why, next string)
}

// runtimes: what their sources and their users' reports say; loads_judges.go names them.
var runtimes = [...]runtime{
	{"bitnet.cpp", "01eb415", "2026-08", judgeBitnetCpp},
	{"llama.cpp", "ggml d99724f", "2026-11", judgeLlamaCpp},
	{"ik_llama.cpp", "0a9ff12", "2026-11", judgeIK},
	{"bitnet.c", "ab9e8e8", "2026-11", judgeBitnetC},
	{"Ollama", "0.34.2", "2026-11", judgeOllama},
	{"LM Studio", "llama.cpp as bundled", "2026-11", judgeBundled},
	{"llamafile", "0.9.2", "2026-11", judgeBundled},
	{"transformers", "0b4060e", "2026-08", judgeTransformers},
}

// Loads returns every runtime's answer, in the order of the table; none of a file without weights to judge by.
func Loads(s Subject) []Load {
	if len(s.Types) == 0 {
		return nil
	}
	list := make([]Load, 0, len(runtimes))
	for _, r := range runtimes {
		verdict, why, next := r.judge(&s)
		list = append(list, Load{r.app, r.version, r.date, verdict, why, next})
	}
	return list
}

// all reports whether every ternary weight has one of these types.
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

// floats reports whether the ternary weights are held as floats.
func (s *Subject) floats() bool { return s.all(dtype.F16, dtype.BF16, dtype.F32) }

// relu2 reports whether the model's graph is the one of BitNet 2B-4T.
func (s *Subject) relu2() bool { return s.Config.Arch.Activation == ReLU2 }
