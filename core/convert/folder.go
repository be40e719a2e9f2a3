// A Hugging Face folder as output: the weights in one model.safetensors, and the small files beside it.

package convert

import (
	"errors"
	"io/fs"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/safetensors"
	"github.com/tritkit/tritkit/core/tensor"
)

// WeightsName is the file of weights in a Hugging Face folder.
const WeightsName = "model.safetensors"

// carried are the files that are copied as they are from folder to folder.
var carried = []string{
	"tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
	"chat_template.jinja", "generation_config.json", "README.md", "LICENSE",
}

// placeHF orders the steps as safetensors wants them, by name, and prepares the files beside the weights.
func (p *Plan) placeHF() error {
	outs := make([]tensor.Tensor, len(p.Steps))
	byName := make(map[string]Step, len(p.Steps))
	for i, s := range p.Steps {
		outs[i], byName[s.Name] = s.out, s
	}
	var err error
	meta := append([]safetensors.Pair{{Key: "format", Value: "pt"}}, p.c.Metadata...)
	if p.head, outs, p.size, err = safetensors.Header(outs, meta); err != nil {
		return err
	}
	for i, out := range outs {
		s := byName[out.Name]
		s.out, s.Bytes = out, out.Bytes
		p.Steps[i] = s
	}
	q := &model.Quant{LinearClass: "autobitlinear", Mode: "offline"}
	if p.Type == HFFloat {
		q.Mode = "online"
	}
	if old := p.c.Config.Quant; old != nil {
		q.NotConvert = old.NotConvert
	}
	if p.c.Container == checkpoint.GGUF {
		return p.sideFromGGUF(q)
	}
	return p.sideFromFolder(q)
}

// sideFromFolder edits config.json and copies the other files that a model needs.
func (p *Plan) sideFromFolder(q *model.Quant) error {
	source, err := p.c.Side("config.json")
	if err != nil {
		return err
	}
	config, err := model.EditHF(source, q)
	if err != nil {
		return err
	}
	p.Files = append(p.Files, File{"config.json", config})
	for _, name := range carried {
		data, err := p.c.Side(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		p.Files = append(p.Files, File{name, data})
	}
	return nil
}

// sideFromGGUF writes config and tokenizer from the metadata.
func (p *Plan) sideFromGGUF(q *model.Quant) error {
	vocab, err := p.c.Vocab()
	if err != nil {
		return needTokenizer(err)
	}
	files, err := vocab.Files()
	if err != nil {
		return err
	}
	config := *p.c.Config
	config.Tied = p.c.Weight("output.weight") == nil // a GGUF says it so; untied, transformers would make a random head
	p.Files = append(p.Files, File{"config.json", model.AppendHF(nil, &config, q)})
	for _, f := range append(files, vocab.Generation(p.c.GGUF.KV)) {
		p.Files = append(p.Files, File(f))
	}
	return nil
}
