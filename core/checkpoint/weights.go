// Which tensor of the files is which weight of the architecture, and what its numbers mean: the scale rules of
// docs/formats.md in one place.

package checkpoint

import (
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/tensor"
)

// Source says how a weight's bytes become numbers.
type Source uint8

const (
	Plain   Source = iota // floats, taken as they are
	Online                // floats that the model itself snaps in every forward, by the mean |w| over all elements
	Floats                // floats in the place of a ternary weight that nothing declares to be one
	Packed                // codes + 1 in 2 bits, four rows to a byte row, beside a weight_scale (Hugging Face)
	Codes                 // -1, 0, 1 stored as numbers, beside a weight_scale (a re-saved packed model)
	Ternary               // a ternary GGUF format
)

// String returns the name of s as plans print it.
func (s Source) String() string {
	return [...]string{"plain", "online", "floats", "packed", "codes", "ternary"}[s]
}

// Weight is one tensor of the architecture that the checkpoint has.
type Weight struct {
	model.Slot
	Tensor  *tensor.Tensor // nil: computed from the config (rope_freqs)
	Scale   *tensor.Tensor // weight_scale of a Packed or Codes source; .scale beside a GGUF tensor; or nil
	Source  Source
	Inverse bool // the scale is 1/weight_scale
	Kept    bool // modules_to_not_convert lists it: a plain float that must stay one
}

// Rows and Cols of the weight as the architecture has it.
func (w *Weight) Rows() int64 {
	if len(w.Shape) < 2 {
		return 1
	}
	return w.Shape[0]
}

// Cols returns the length of a row.
func (w *Weight) Cols() int64 { return w.Shape[len(w.Shape)-1] }

// assign fills Weights and Problems from Config and Tensors.
func (c *Checkpoint) assign() {
	used := make(map[string]bool, len(c.Tensors))
	for _, slot := range c.Config.Arch.Slots(c.Config) {
		if slot.Kind == model.Scale {
			continue // belongs to its linear, below
		}
		w := Weight{Slot: slot}
		name := c.sourceName(&slot)
		w.Tensor = c.Tensor(name)
		if w.Tensor == nil {
			c.absent(&w, name)
			continue
		}
		used[name] = true
		if err := c.decide(&w, used); err != nil {
			c.Problems = append(c.Problems, err)
			continue
		}
		c.Weights = append(c.Weights, w)
	}
	for i := range c.Tensors {
		if t := &c.Tensors[i]; !used[t.Name] && !harmless(t.Name) {
			c.problem(t.Name, fault.Tensor, "the architecture ", c.Config.Arch.Name, " has no such tensor")
		}
	}
}

func (c *Checkpoint) sourceName(s *model.Slot) string {
	if c.Container == GGUF {
		return s.Name
	}
	return s.HF
}

// absent handles a slot without a tensor: computed, optional, or a problem.
func (c *Checkpoint) absent(w *Weight, name string) {
	switch {
	case w.Kind == model.RopeFreqs && c.Container == Safetensors:
		c.Weights = append(c.Weights, *w)
	case !w.Optional:
		c.problem(name, fault.Tensor, "missing; the architecture ", c.Config.Arch.Name, " needs it")
	}
}

// harmless reports tensors that some exporters save and nobody needs.
func harmless(name string) bool { return strings.HasSuffix(name, ".rotary_emb.inv_freq") }

func (c *Checkpoint) problem(name string, class fault.Class, msg ...string) {
	c.Problems = append(c.Problems, fault.New("checkpoint", class, msg...).In(name))
}

// decide settles the source of w and checks its shape.
func (c *Checkpoint) decide(w *Weight, used map[string]bool) *fault.Error {
	if w.Kind == model.Linear {
		if c.Container == GGUF {
			return c.decideGGUF(w, used)
		}
		return c.decideHF(w, used)
	}
	if err := checkShape(w, w.Shape); err != nil {
		return err
	}
	f := dtype.Lookup(w.Tensor.Type)
	if f == nil || f.Decode == nil {
		return fault.New("checkpoint", fault.TensorType, "cannot read ", w.Tensor.Type.String(), " here").In(w.Tensor.Name)
	}
	return nil
}

func (c *Checkpoint) decideGGUF(w *Weight, used map[string]bool) *fault.Error {
	if err := checkShape(w, w.Shape); err != nil {
		return err
	}
	f := dtype.Lookup(w.Tensor.Type)
	switch {
	case f != nil && f.Unpack != nil:
		w.Source = Ternary
	case f != nil && f.Decode != nil:
		w.Source = Floats
	default:
		return fault.New("checkpoint", fault.TensorType, "cannot read the numbers of type ", w.Tensor.Type.String(), ": only its name is known here").
			In(w.Tensor.Name).Try("convert it with the program that wrote it to one of f16, tq2_0, i2_s, then come back")
	}
	if s := c.Tensor(strings.TrimSuffix(w.Name, ".weight") + ".scale"); s != nil {
		used[s.Name] = true
		w.Scale = s
		return checkScale(s)
	}
	return nil
}

// decideHF follows the table "Where the scale comes from" of docs/formats.md, top to bottom.
func (c *Checkpoint) decideHF(w *Weight, used map[string]bool) *fault.Error {
	t, q := w.Tensor, c.Config.Quant
	module := strings.TrimSuffix(w.HF, ".weight")
	w.Kept = q != nil && notConverted(module, q.NotConvert)
	if s := c.Tensor(module + ".weight_scale"); s != nil {
		used[s.Name] = true
		w.Scale = s
		return c.decideScaled(w)
	}
	if err := checkShape(w, w.Shape); err != nil {
		if q != nil && len(t.Shape) == 2 && t.Shape[0]*4 == w.Shape[0] {
			return fault.New("checkpoint", fault.Tensor, "packed codes without their ", module, ".weight_scale").In(t.Name)
		}
		return err
	}
	if f := dtype.Lookup(t.Type); f == nil || f.Decode == nil {
		return fault.New("checkpoint", fault.TensorType, "cannot read ", t.Type.String(), " here").In(t.Name)
	}
	switch {
	case w.Kept:
		w.Source = Plain
	case q != nil && q.LinearClass == "autobitlinear" && q.Mode == "online", c.Config.Class != nil && c.Config.Class.Online:
		w.Source = Online
	default:
		w.Source = Floats
	}
	return nil
}

// decideScaled settles a weight that has a weight_scale: it always wins over the config's other words.
func (c *Checkpoint) decideScaled(w *Weight) *fault.Error {
	t, q := w.Tensor, c.Config.Quant
	if err := checkScale(w.Scale); err != nil {
		return err
	}
	if q != nil && q.LinearClass == "autobitlinear" && q.Mode == "online" {
		return fault.New("checkpoint", fault.Config, "config.json declares online quantisation, and the weight has a weight_scale: one of them is wrong").In(t.Name)
	}
	w.Inverse = q == nil || q.LinearClass != "autobitlinear"
	packed := []int64{w.Shape[0] / 4, w.Shape[1]}
	switch {
	case w.Shape[0]%4 == 0 && checkShape(w, packed) == nil:
		w.Source = Packed
		if t.Type != dtype.U8 && t.Type != dtype.I8 {
			return fault.New("checkpoint", fault.TensorType, "packed codes stored as ", t.Type.String(), "; they are bytes").In(t.Name).
				Try("re-save the model from its packed uint8 checkpoint")
		}
	case checkShape(w, w.Shape) == nil:
		w.Source = Codes
		if f := dtype.Lookup(t.Type); f == nil || f.Decode == nil {
			return fault.New("checkpoint", fault.TensorType, "cannot read codes stored as ", t.Type.String()).In(t.Name)
		}
	default:
		return checkShape(w, w.Shape)
	}
	return nil
}

// checkScale demands one number; its value is checked when it is read.
func checkScale(s *tensor.Tensor) *fault.Error {
	if f := dtype.Lookup(s.Type); s.Elements() != 1 || f == nil || f.Decode == nil {
		return fault.New("checkpoint", fault.Scale, "a scale is one float, this is ", s.Type.String(), " ", shapeString(s.Shape)).In(s.Name)
	}
	return nil
}

func checkShape(w *Weight, want []int64) *fault.Error {
	t := w.Tensor
	same := len(t.Shape) == len(want)
	for i := 0; same && i < len(want); i++ {
		same = t.Shape[i] == want[i]
	}
	if same {
		return nil
	}
	return fault.New("checkpoint", fault.Shape, "shape ", shapeString(t.Shape), ", but the config makes it ", shapeString(want)).In(t.Name)
}

// notConverted reports whether modules_to_not_convert lists the module, by transformers' rule: a whole name, the
// beginning of one, or its end.
// Source: huggingface/transformers quantizers/quantizers_utils.py should_convert_module.
func notConverted(module string, list []string) bool {
	for _, key := range list {
		if key != "" && (strings.HasPrefix(module, key) || strings.HasSuffix(module, key)) {
			return true
		}
	}
	return false
}

func shapeString(shape []int64) string {
	if len(shape) == 0 {
		return "[]"
	}
	b := []byte{'['}
	for i, d := range shape {
		if i > 0 {
			b = append(b, " x "...)
		}
		b = strconv.AppendInt(b, d, 10)
	}
	return string(append(b, ']'))
}
