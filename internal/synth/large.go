package synth

import (
	"bufio"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/safetensors"
	"github.com/tritkit/tritkit/core/tensor"
)

// BitNet2B4T is the shape of microsoft/bitnet-b1.58-2B-4T.
var BitNet2B4T = Shape{Layers: 30, Embd: 2560, FFN: 6912, Heads: 20, KVHeads: 5, Vocab: 128256}

// WriteMaster streams a bf16 master of any shape to a folder, in little memory. Weights repeat after a mebi of them.
func WriteMaster(dir string, s Shape, seed uint64) error {
	f := &folder{shape: s, form: Master, seed: seed}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, data := range map[string][]byte{"config.json": f.config(), "tokenizer.json": f.tokenizer(), "tokenizer_config.json": []byte(`{"bos_token":"<|begin_of_text|>","add_bos_token":true}`)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	c := f.parsed()
	var list []tensor.Tensor
	for _, slot := range c.Arch.Slots(c) {
		if slot.HF != "" && slot.Kind != model.Head {
			list = append(list, tensor.Tensor{Name: slot.HF, Type: dtype.BF16, Shape: slot.Shape})
		}
	}
	head, placed, _, err := safetensors.Header(list, []safetensors.Pair{{Key: "format", Value: "pt"}})
	if err != nil {
		return err
	}
	out, err := os.Create(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		return err
	}
	defer out.Close()
	w := bufio.NewWriterSize(out, 1<<20)
	w.Write(head)
	table := noise(seed)
	for _, t := range placed {
		from := int64(0)
		for left := t.Bytes; left > 0; {
			n := min(left, int64(len(table))-from)
			if _, err := w.Write(table[from : from+n]); err != nil {
				return err
			}
			from = (from + n) % int64(len(table))
			left -= n
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return out.Close()
}

// noise is about a mebi of normal bf16 values; a prime number of them, so that rows do not repeat in step.
func noise(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	var b []byte
	for range 1048573 {
		b = binary.LittleEndian.AppendUint16(b, dtype.ToBF16(float32(r.NormFloat64()*1.5)))
	}
	return b
}
