package tokenizer

// What else travels with a model: sampler defaults, licence and base model.

import (
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/json"
)

// Sampling returns general.sampling.* of generation_config.json, typed as gguf-py types them.
func Sampling(generation []byte) (kv []gguf.KV, err error) {
	var temp, topP, minP, topK *gguf.KV
	d := json.NewDecoder(generation, json.Limits{})
	number := func(key string) (*gguf.KV, error) {
		if d.Kind() != '0' {
			return nil, d.Skip()
		}
		x, err := d.Float()
		return &gguf.KV{Key: "general.sampling." + key, Value: gguf.Float32(float32(x))}, err
	}
	err = d.Object(func(name string) (err error) {
		switch name {
		case "temperature":
			temp, err = number("temp")
		case "top_p":
			topP, err = number("top_p")
		case "min_p":
			minP, err = number("min_p")
		case "top_k":
			if d.Kind() != '0' {
				return d.Skip()
			}
			n, err := d.Int()
			if err == nil && (n < 0 || n > 1<<30) {
				err = fault.New("tokenizer", fault.Config, "top_k is out of range")
			}
			topK = &gguf.KV{Key: "general.sampling.top_k", Value: gguf.Int32(int32(n))}
			return err
		default:
			err = d.Skip()
		}
		return err
	})
	for _, x := range []*gguf.KV{topK, topP, minP, temp} {
		if x != nil {
			kv = append(kv, *x)
		}
	}
	return kv, err
}

// maxFront bounds the front matter of a README.
const maxFront = 64 << 10

// Card returns general.license and general.base_model.* of a README's front matter: the lines between --- and ---, of
// which "key: value", "key:" with "- value" lines, and "key: [a, b]" are understood and everything else is passed over.
func Card(readme []byte) (kv []gguf.KV) {
	text, ok := strings.CutPrefix(string(readme[:min(len(readme), maxFront)]), "---\n")
	if !ok {
		return nil
	}
	front, _, ok := strings.Cut(text, "\n---")
	if !ok {
		return nil
	}
	license, bases, in := "", []string(nil), ""
	for line := range strings.SplitSeq(front, "\n") {
		item, isItem := strings.CutPrefix(strings.TrimSpace(line), "- ")
		if isItem && in == "base_model" {
			bases = append(bases, unquote(item))
			continue
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, " ") || isItem {
			continue
		}
		in, value = key, unquote(value)
		switch {
		case key == "license":
			license = value
		case key == "base_model" && strings.HasPrefix(value, "["):
			for b := range strings.SplitSeq(strings.Trim(value, "[]"), ",") {
				bases = append(bases, unquote(b))
			}
		case key == "base_model" && value != "":
			bases = append(bases, value)
		}
	}
	if license != "" {
		kv = append(kv, gguf.KV{Key: "general.license", Value: gguf.String(license)})
	}
	if len(bases) > 0 {
		kv = append(kv, gguf.KV{Key: "general.base_model.count", Value: gguf.Uint32(uint32(len(bases)))})
	}
	for i, b := range bases {
		at := "general.base_model." + strconv.Itoa(i) + "."
		owner, name, ok := strings.Cut(b, "/")
		if !ok {
			kv = append(kv, gguf.KV{Key: at + "name", Value: gguf.String(b)})
			continue
		}
		kv = append(kv, gguf.KV{Key: at + "name", Value: gguf.String(name)}, gguf.KV{Key: at + "organization", Value: gguf.String(owner)},
			gguf.KV{Key: at + "repo_url", Value: gguf.String("https://huggingface.co/" + b)})
	}
	return kv
}

func unquote(s string) string { return strings.Trim(strings.TrimSpace(s), `"'`) }
