package synth

// Checkpoints of the full shape: streamed to a folder in little memory.

import (
	"bufio"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/safetensors"
	"github.com/tritkit/tritkit/core/tensor"
)

// BitNet2B4T is the shape of microsoft/bitnet-b1.58-2B-4T.
var BitNet2B4T = Shape{Layers: 30, Embd: 2560, FFN: 6912, Heads: 20, KVHeads: 5, Vocab: Llama3Vocab}

// WriteFolder writes a checkpoint of any shape, Master or Packed, to a folder. Values repeat after about a mebi of them.
func WriteFolder(dir string, s Shape, form Form, seed uint64) error {
	f := &folder{shape: s, form: form, seed: seed}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, data := range map[string][]byte{
		"config.json": f.config(), "tokenizer.json": tokenizer(s.Vocab),
		"tokenizer_config.json": []byte(`{"bos_token":"<|begin_of_text|>","add_bos_token":true}`),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	out, err := os.Create(filepath.Join(dir, "model.safetensors"))
	if err != nil {
		return err
	}
	defer out.Close()
	if err := f.stream(out); err != nil {
		return err
	}
	return out.Close()
}

// stream writes the weights.
func (f *folder) stream(out io.Writer) error {
	c := f.parsed()
	var list []tensor.Tensor
	for _, slot := range c.Arch.Slots(c) {
		switch {
		case slot.HF == "" || slot.Kind == model.Head:
		case slot.Kind == model.Linear && f.form == Packed:
			list = append(list, tensor.Tensor{Name: slot.HF, Type: dtype.U8, Shape: []int64{slot.Shape[0] / 4, slot.Shape[1]}},
				tensor.Tensor{Name: slot.HF + "_scale", Type: dtype.BF16, Shape: []int64{1}})
		default:
			list = append(list, tensor.Tensor{Name: slot.HF, Type: dtype.BF16, Shape: slot.Shape})
		}
	}
	head, placed, _, err := safetensors.Header(list, []safetensors.Pair{{Key: "format", Value: "pt"}})
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<20)
	w.Write(head)
	floats, codes := noise(f.seed), packedNoise(f.seed)
	for _, t := range placed {
		table := floats
		switch {
		case t.Type == dtype.U8:
			table = codes
		case t.Elements() == 1:
			table = []byte{0x80, 0x3f} // a weight_scale of 1
		}
		if err := repeat(w, table, t.Bytes); err != nil {
			return err
		}
	}
	return w.Flush()
}

// repeat writes n bytes of the table, over and over.
func repeat(w io.Writer, table []byte, n int64) error {
	for n > 0 {
		part := table[:min(n, int64(len(table)))]
		if _, err := w.Write(part); err != nil {
			return err
		}
		n -= int64(len(part))
	}
	return nil
}

// entries is about a mebi; a prime number, so that rows do not repeat in step.
const entries = 1048573

// noise is normal bf16 values.
func noise(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	var b []byte
	for range entries {
		b = binary.LittleEndian.AppendUint16(b, dtype.ToBF16(float32(r.NormFloat64()*1.5)))
	}
	return b
}

// packedNoise is bytes of four codes 0, 1, 2.
func packedNoise(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	b := make([]byte, entries)
	for i := range b {
		x := r.Uint32N(81)
		b[i] = byte(x%3 | x/3%3<<2 | x/9%3<<4 | x/27<<6)
	}
	return b
}
