package main

// The page that show prints for people: what the model is, what is in it, where it will load, what is wrong with it.

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/inspect"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/tensor"
)

// page prints a report.
func (a *app) page(path string, r *inspect.Report, tensors, kv bool) {
	fmt.Fprintln(a.out, a.paint(bold, fault.Clean(path)))
	a.table(nil, summary(r))
	if kv {
		a.metadata(r)
	}
	if tensors {
		a.tensors(r)
	} else if r.Stats == nil {
		a.kinds(r)
	}
	if r.Stats != nil {
		a.stats(r.Stats, tensors)
	}
	if len(r.Loads) > 0 {
		a.loads(r)
	}
	a.findings(r.Findings)
}

func summary(r *inspect.Report) [][]string {
	rows := [][]string{{"architecture", r.Arch}}
	if r.Name != "" {
		rows = append(rows, []string{"name", r.Name})
	}
	if c := r.Config; c != nil {
		heads := fmt.Sprintf("%d heads", c.Heads)
		if c.KVHeads != c.Heads {
			heads += fmt.Sprintf(" over %d of keys and values", c.KVHeads)
		}
		rows = append(rows, []string{"shape", fmt.Sprintf("%d layers · hidden %d · ffn %d (%s) · %s of %d · context %d", c.Layers, c.Embd, c.FFN, c.Activation, heads, c.HeadDim, c.Context)})
	}
	rows = append(rows, []string{"parameters", group(r.Parameters)}, []string{"tensors", types(r)})
	if r.Vocab != "" {
		rows = append(rows, []string{"tokenizer", r.Vocab})
	}
	rows = append(rows, []string{"size", fmt.Sprintf("%s as %s", size(r.Bytes), r.Format)})
	if s := r.Stats; s != nil {
		rows = append(rows, []string{"trit hash", s.TritHash},
			[]string{"zeros", fmt.Sprintf("%.2f %%, %.3f bits a trit", 100*s.Total.Sparsity(), s.Total.Entropy())})
	}
	return rows
}

// types counts the tensors by type: "i2_s x 210, f32 x 121, f16 x 1".
func types(r *inspect.Report) string {
	var names []string
	count := map[string]int{}
	for _, t := range r.Tensors {
		name := t.Type.String()
		if count[name]++; count[name] == 1 {
			names = append(names, name)
		}
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%s x %d", name, count[name])
	}
	return strings.Join(names, ", ")
}

func (a *app) metadata(r *inspect.Report) {
	const widest = 100
	var rows [][]string
	for _, p := range r.Metadata {
		v := string(p.Value.AppendJSON(nil, 4))
		if len(v) > widest {
			v = strings.ToValidUTF8(v[:widest-3], "") + "…"
		}
		rows = append(rows, []string{p.Key, v})
	}
	a.table([]string{"key", "value"}, rows)
}

// tensors lists every tensor, the layers apart.
func (a *app) tensors(r *inspect.Report) {
	head := []string{"tensor", "type", "shape", "offset", "bytes"}
	var rows [][]string
	last := ""
	for i := range r.Tensors {
		t := &r.Tensors[i]
		if layer, _, _ := layerOf(t.Name); layer != last && len(rows) > 0 {
			a.table(head, rows)
			rows, head = nil, []string{"", "", "", "", ""}
		} else {
			last = layer
		}
		last, _, _ = layerOf(t.Name)
		rows = append(rows, []string{t.Name, t.Type.String(), dims(t.Shape), strconv.FormatInt(t.Offset, 10), strconv.FormatInt(t.Bytes, 10)})
	}
	a.table(head, rows)
}

// layerOf splits "blk.7.attn_q.weight" into "7" and what stands around it; layer is "" outside the blocks.
func layerOf(name string) (layer, before, after string) {
	for _, prefix := range []string{"blk.", "model.layers."} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			layer, after, _ = strings.Cut(rest, ".")
			return layer, prefix, "." + after
		}
	}
	return "", name, ""
}

// kinds lists the tensors with the layers folded: one row for what all of them have alike.
func (a *app) kinds(r *inspect.Report) {
	type kind struct {
		t           tensor.Tensor
		first, last string
		before      string
		after       string
		n           int
		bytes       int64
	}
	var list []*kind
	seen := map[string]*kind{}
	for i := range r.Tensors {
		t := &r.Tensors[i]
		layer, before, after := layerOf(t.Name)
		key := before + "*" + after + " " + t.Type.String() + " " + dims(t.Shape)
		k := seen[key]
		if k == nil || layer == "" {
			k = &kind{t: *t, first: layer, before: before, after: after}
			seen[key] = k
			list = append(list, k)
		}
		k.last = layer
		k.n++
		k.bytes += t.Bytes
	}
	var rows [][]string
	for _, k := range list {
		name := k.t.Name
		if k.first != k.last {
			name = k.before + k.first + "-" + k.last + k.after
		}
		rows = append(rows, []string{name, k.t.Type.String(), dims(k.t.Shape), "x " + strconv.Itoa(k.n), size(k.bytes)})
	}
	a.table([]string{"tensors", "type", "shape", "", "bytes"}, rows)
}

// stats prints the weights by layer, or by tensor, and of floats how they lie.
func (a *app) stats(s *inspect.Stats, tensors bool) {
	list := s.Layers()
	head := []string{"layer", "- 0 +", "zeros", "bits/trit", "scale", "dead rows", "dead columns"}
	if tensors {
		list, head[0] = s.Tensors, "tensor"
	}
	var all *inspect.Histogram
	var rows [][]string
	for _, t := range list {
		name := t.Name
		if name == "" {
			name = strconv.Itoa(t.Layer)
		}
		row := []string{name, ternaryBar(&t, 24), fmt.Sprintf("%.2f %%", 100*t.Sparsity()), fmt.Sprintf("%.3f", t.Entropy()), scaleRange(&t)}
		if d := t.Detail; d != nil {
			row = append(row, strconv.Itoa(d.DeadRows), strconv.Itoa(d.DeadCols))
			if d.Histogram != nil {
				if all == nil {
					all, head = &inspect.Histogram{}, append(head, "distance")
				}
				row = append(row, fmt.Sprintf("%.3f", d.Distance()))
				for i, n := range d.Histogram {
					all[i] += n
				}
			}
		}
		rows = append(rows, row)
	}
	a.table(head, rows)
	if all != nil {
		a.histogram(all)
	}
}

// ternaryBar draws the shares of -, 0 and +.
func ternaryBar(t *inspect.TensorStats, width int64) string {
	total := max(t.Total(), 1)
	neg, zero := int(width*t.Neg/total), int(width*t.Zero/total)
	return strings.Repeat("-", neg) + strings.Repeat("0", zero) + strings.Repeat("+", int(width)-neg-zero)
}

func scaleRange(t *inspect.TensorStats) string {
	if t.ScaleMin == t.ScaleMax {
		return fmt.Sprintf("%.4g", t.ScaleMax)
	}
	return fmt.Sprintf("%.4g to %.4g", t.ScaleMin, t.ScaleMax)
}

// histogram draws |w|/scale, two bins a line, and where the snap divides them.
func (a *app) histogram(h *inspect.Histogram) {
	var sum, most int64
	for i := 0; i < inspect.Bins; i += 2 {
		sum += h[i] + h[i+1]
		most = max(most, h[i]+h[i+1])
	}
	if sum == 0 {
		return
	}
	const width = 48
	var rows [][]string
	for i := 0; i < inspect.Bins; i += 2 {
		n := h[i] + h[i+1]
		from := fmt.Sprintf("%.2f", float64(i)*inspect.BinWidth)
		switch {
		case i == int(0.5/inspect.BinWidth):
			from += "  ±1 from here"
		case i == inspect.Bins-2:
			from += " and above"
		}
		rows = append(rows, []string{from, strings.Repeat("█", int(width*n/most)), fmt.Sprintf("%.2f %%", 100*float64(n)/float64(sum))})
	}
	a.table([]string{"|w|/scale", "", ""}, rows)
}

// loads prints where the model will load.
func (a *app) loads(r *inspect.Report) {
	a.table([]string{"application", "verdict", "why"}, loadRows(r.Loads))
}

// loadRows is one row for neighbours in the table that give the same answer.
func loadRows(list []model.Load) (rows [][]string) {
	for _, l := range list {
		if n := len(rows); n > 0 && rows[n-1][1] == l.Verdict && rows[n-1][2] == l.Why {
			rows[n-1][0] += ", " + l.App
			continue
		}
		rows = append(rows, []string{l.App, l.Verdict, l.Why})
	}
	return rows
}

// findings prints what there is to know, the worst in colour.
func (a *app) findings(list []inspect.Finding) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(a.out)
	style := map[inspect.Severity]string{inspect.Error: red, inspect.Warning: yellow, inspect.Info: faint}
	for _, f := range list {
		fmt.Fprintf(a.out, "%s %s\n", a.paint(style[f.Severity], string(f.Severity)+"["+f.Code+"]:"), fault.Clean(f.Message))
		if f.Fix != "" {
			fmt.Fprintf(a.out, "  next:  %s\n", fault.Clean(f.Fix))
		}
	}
}
