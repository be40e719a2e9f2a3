package main

// The steps: each runs trit, or reads the checkpoints itself, and holds what came out against the target.

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The files that a step needs.
const (
	needOfficial = 1 << iota
	needPacked
	needMaster
	needText
)

// step is one part of the proof.
type step struct {
	name  string
	about string
	needs int
	run   func(p *proof, ctx context.Context, r *result) error
}

var steps = []step{
	{"show", "what the official file is", needOfficial, (*proof).show},
	{"verify", "all three are sound", needOfficial | needPacked | needMaster, (*proof).verify},
	{"convert", "packed and master become i2_s", needPacked | needMaster, (*proof).convert},
	{"codes", "the converted files hold the official codes", needOfficial | needPacked | needMaster, (*proof).codes},
	{"latents", "where the master's codes differ, and why", needOfficial | needMaster, (*proof).latents},
	{"tokens", "GGUF and tokenizer.json split the text alike", needOfficial | needPacked | needText, (*proof).tokens},
	{"answer", "a greedy answer", needOfficial, (*proof).answer},
	{"bench", "tokens per second", needOfficial, (*proof).bench},
	{"perplexity", "the official file with the exact head, against the published figure", needOfficial | needText, (*proof).exact},
	{"head", "what the int8 head costs", needOfficial | needText, (*proof).head},
	{"screen", "the int4 head's largest logits are the exact head's", needOfficial | needText, (*proof).screen},
	{"master", "the converted master beside it: shown, not judged", needOfficial | needMaster | needText, (*proof).converted},
}

// check is one comparison with what must come out.
type check struct {
	What string `json:"what"`
	Want string `json:"want"`
	Got  string `json:"got"`
	OK   bool   `json:"ok"`
}

// result is what a step found.
type result struct {
	Step    string         `json:"step"`
	About   string         `json:"about"`
	Error   string         `json:"error,omitempty"`
	Seconds float64        `json:"seconds"`
	Peak    int64          `json:"peak_bytes"` // of the commands it ran
	Checks  []check        `json:"checks"`
	Notes   []string       `json:"notes"`
	Figures map[string]any `json:"figures,omitempty"`
}

func (r *result) check(ok bool, what, want, got string) {
	r.Checks = append(r.Checks, check{what, want, got, ok})
}

func (r *result) same(what string, want, got any) {
	r.check(fmt.Sprint(want) == fmt.Sprint(got), what, fmt.Sprint(want), fmt.Sprint(got))
}

func (r *result) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// keep puts figures into the report.
func (r *result) keep(name string, v any) {
	if r.Figures == nil {
		r.Figures = map[string]any{}
	}
	r.Figures[name] = v
}

func (r *result) failed() bool {
	return r.Error != "" || slices.ContainsFunc(r.Checks, func(c check) bool { return !c.OK })
}

// run runs the command for a step, and counts its memory.
func (p *proof) run(ctx context.Context, r *result, args ...string) (*ran, error) {
	x, err := p.trit.run(ctx, args...)
	if err == nil {
		r.Peak = max(r.Peak, x.Peak)
	}
	return x, err
}

func (p *proof) officialPath() string { return p.target.Official[0].path(p.dir) }
func (p *proof) packedPath() string   { return filepath.Dir(p.target.Packed[0].path(p.dir)) }
func (p *proof) masterPath() string   { return filepath.Dir(p.target.Master[0].path(p.dir)) }

// made is where a conversion's output goes.
func (p *proof) made(source string) string {
	return filepath.Join(p.dir, "made", filepath.Base(source)+"-i2_s.gguf")
}

func (p *proof) show(ctx context.Context, r *result) error {
	x, err := p.run(ctx, r, "show", p.officialPath())
	if err != nil {
		return err
	}
	var s struct {
		Arch    string
		Tensors []struct{ Dtype string }
		Loads   []struct{ App, Verdict, Why string }
	}
	if err := x.into(&s); err != nil {
		return err
	}
	types := map[string]int{}
	for _, t := range s.Tensors {
		types[t.Dtype]++
	}
	r.same("architecture", p.target.Arch, s.Arch)
	r.same("tensors by type", counts(p.target.Types), counts(types))
	for _, l := range s.Loads {
		if l.Verdict == "loads" || l.Verdict == "loads-wrong" {
			r.note("%s in %s: %s", l.Verdict, l.App, l.Why)
		}
	}
	return nil
}

// counts writes how many there are of each, the most first.
func counts(m map[string]int) string {
	names := slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%d %s", m[name], name)
	}
	return strings.Join(names, ", ")
}

func (p *proof) verify(ctx context.Context, r *result) error {
	for _, path := range []string{p.officialPath(), p.packedPath(), p.masterPath()} {
		x, err := p.run(ctx, r, "verify", path)
		if err != nil {
			return err
		}
		var v struct {
			OK       bool
			TritHash string `json:"trit_hash"`
			Findings []struct{ Severity, Code, Message, Tensor string }
		}
		if err := x.into(&v); err != nil {
			return err
		}
		name := filepath.Base(path)
		got := "sound"
		for _, f := range v.Findings {
			if f.Severity == "error" {
				got = f.Code + ": " + f.Message
			}
			if f.Severity != "info" {
				r.note("%s: %s %s: %s %s", name, f.Severity, f.Code, f.Message, f.Tensor)
			}
		}
		r.check(v.OK, name, "sound", got)
		r.keep("trit_hash "+name, v.TritHash)
	}
	return nil
}

func (p *proof) convert(ctx context.Context, r *result) error {
	for _, source := range []string{p.packedPath(), p.masterPath()} {
		if err := p.make(ctx, r, source); err != nil {
			return err
		}
	}
	return nil
}

// make converts a folder to i2_s, in place of what an earlier run left.
func (p *proof) make(ctx context.Context, r *result, source string) error {
	out := p.made(source)
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	x, err := p.run(ctx, r, "convert", source, "-o", out, "--type", "i2_s", "--force")
	if err != nil {
		return err
	}
	var c struct {
		Bytes   int64
		SHA256  string
		Seconds float64
		Peak    int64 `json:"peak_bytes"`
		Notes   []string
	}
	if err := x.into(&c); err != nil {
		return err
	}
	r.note("%s: %s in %s, peak memory %s, sha256 %s", filepath.Base(out), size(c.Bytes), span(c.Seconds), size(max(c.Peak, x.Peak)), c.SHA256)
	for _, n := range c.Notes {
		r.note("%s: %s", filepath.Base(source), n)
	}
	return nil
}

// need makes a conversion that the step before has not made.
func (p *proof) need(ctx context.Context, r *result, source string) error {
	if _, err := os.Stat(p.made(source)); err == nil {
		return nil
	}
	return p.make(ctx, r, source)
}

// difference is what diff --json prints.
type difference struct {
	A       string `json:"trit_hash_a"`
	B       string `json:"trit_hash_b"`
	Tensors []struct {
		Tensor, Verdict string
		Flipped, Total  int64
		ScaleError      float64 `json:"scale_error"`
		MaxError        float64 `json:"max_error"`
	}
}

func (p *proof) codes(ctx context.Context, r *result) error {
	for _, source := range []string{p.packedPath(), p.masterPath()} {
		if err := p.need(ctx, r, source); err != nil {
			return err
		}
		x, err := p.run(ctx, r, "diff", p.officialPath(), p.made(source), "--level", "codes")
		if err != nil {
			return err
		}
		var d difference
		if err := x.into(&d); err != nil {
			return err
		}
		name := filepath.Base(source)
		r.keep("trit_hash official", d.A)
		r.keep("trit_hash "+name, d.B)
		p.judge(r, name, &d, source == p.packedPath())
	}
	return nil
}

// judge holds one comparison of codes against the target: the packed checkpoint has the official codes, the master
// nearly all of them.
func (p *proof) judge(r *result, name string, d *difference, exact bool) {
	var flipped, total int64
	var scale, share, plain float64
	only := 0
	worst := ""
	for _, t := range d.Tensors {
		switch t.Verdict {
		case "only-a", "only-b":
			only++
		case "differs":
			plain = max(plain, t.MaxError)
		}
		scale = max(scale, t.ScaleError)
		if t.Verdict == "flipped" {
			flipped += t.Flipped
			if s := float64(t.Flipped) / float64(t.Total); s > share {
				share, worst = s, t.Tensor
			}
		}
		total += t.Total
	}
	r.same(name+": tensors of one side only", 0, only)
	if exact {
		r.same(name+": codes that differ", 0, flipped)
		r.same(name+": trit hash", d.A, d.B)
	} else {
		r.check(share <= p.target.FlipShare, name+": codes that differ, of the worst tensor", fmt.Sprintf("≤ %.1f %%", 100*p.target.FlipShare), fmt.Sprintf("%.3f %%", 100*share))
		r.note("%s: %d codes differ from the official ones, most in %s; see latents", name, flipped, worst)
	}
	r.check(scale <= p.target.ScaleError, name+": largest relative difference of a scale", fmt.Sprintf("≤ %.4f", p.target.ScaleError), fmt.Sprintf("%.6f", scale))
	// f16 against bf16: embeddings and norms.
	r.check(plain <= 1.0/128, name+": largest difference of other weights", "≤ 0.0078 of the largest", fmt.Sprintf("%.6f", plain))
}

func (p *proof) latents(ctx context.Context, r *result) error {
	list, err := compareLatents(ctx, p.officialPath(), p.masterPath(), p.threads())
	if err != nil {
		return err
	}
	var sum flips
	for _, f := range list {
		sum.Total += f.Total
		sum.Flipped += f.Flipped
		sum.AtThreshold += f.AtThreshold
		sum.Opposite += f.Opposite
	}
	r.same("codes of opposite sign", 0, sum.Opposite)
	r.same("codes that differ elsewhere than at the threshold", 0, sum.Flipped-sum.AtThreshold-sum.Opposite)
	r.note("%d of %d codes differ (%.3f %%), %d of them where bf16 cannot tell 0 from ±1", sum.Flipped, sum.Total, 100*sum.share(), sum.AtThreshold)
	slices.SortStableFunc(list, func(a, b flips) int { return cmp.Compare(b.share(), a.share()) })
	r.keep("tensors", list)
	for _, f := range list[:min(5, len(list))] {
		r.note("%s: %.3f %%", f.Tensor, 100*f.share())
	}
	return nil
}

func (p *proof) tokens(ctx context.Context, r *result) error {
	file, _, err := p.text(ctx)
	if err != nil {
		return err
	}
	var ids [2]struct{ IDs []int }
	for i, model := range []string{p.officialPath(), p.packedPath()} {
		x, err := p.run(ctx, r, "tokenize", model, "-f", file)
		if err != nil {
			return err
		}
		if err := x.into(&ids[i]); err != nil {
			return err
		}
	}
	differ := 0
	for i, id := range ids[0].IDs {
		if i >= len(ids[1].IDs) || ids[1].IDs[i] != id {
			differ++
		}
	}
	r.same("tokens", len(ids[0].IDs), len(ids[1].IDs))
	r.same("tokens that differ", 0, differ)
	p.textTokens = len(ids[0].IDs)
	return nil
}

func (p *proof) answer(ctx context.Context, r *result) error {
	for _, args := range [][]string{
		{p.target.Prompt, "--raw"},
		{p.target.Question},
	} {
		args = append([]string{"run", p.officialPath()}, append(args, "-n", "32", "--temp", "0")...)
		x, err := p.run(ctx, r, args...)
		if err != nil {
			return err
		}
		var a struct {
			Text, Reason string
			IDs          []int
		}
		if err := x.into(&a); err != nil {
			return err
		}
		if args[2] == p.target.Prompt {
			r.check(strings.Contains(a.Text, p.target.Answer), "the continuation of "+quoted(p.target.Prompt), "holds "+quoted(p.target.Answer), quoted(a.Text))
		} else {
			r.note("through the chat template: %s → %s (ended by %s)", quoted(p.target.Question), quoted(a.Text), a.Reason)
		}
		r.keep(args[2], a.Text)
	}
	return nil
}

// quoted makes text that a model wrote safe for a line.
func quoted(s string) string { return fmt.Sprintf("%q", s) }

// measured is a row of bench --json.
type measured struct {
	Test      string  `json:"test"`
	Threads   int     `json:"threads"`
	PerSecond float64 `json:"tokens_per_second"`
	StdDev    float64 `json:"stddev"`
	Bytes     float64 `json:"gb_per_second"`
	Probe     float64 `json:"probe_gb_per_second"`
}

func (p *proof) bench(ctx context.Context, r *result) error {
	x, err := p.run(ctx, r, "bench", p.officialPath(), "-p", fmt.Sprint(p.target.Prefill), "-n", fmt.Sprint(p.target.Decode))
	if err != nil {
		return err
	}
	var rows []measured
	if err := x.into(&rows); err != nil {
		return err
	}
	for _, m := range rows {
		line := fmt.Sprintf("%s on %d threads: %.1f ± %.1f tokens/s", m.Test, m.Threads, m.PerSecond, m.StdDev)
		if m.Bytes > 0 {
			line += fmt.Sprintf(", %.1f GB/s of weights; the memory gives %.1f", m.Bytes, m.Probe)
		}
		r.note("%s", line)
		if strings.HasPrefix(m.Test, "pp") {
			p.prefill = max(p.prefill, m.PerSecond)
		}
	}
	r.check(len(rows) > 0 && rows[0].PerSecond > 0, "measured", "a rate", fmt.Sprintf("%d tests", len(rows)))
	r.keep("bench", rows)
	return nil
}

// perplexity is what perplexity --json prints of one model.
type perplexity struct {
	Protocol   string  `json:"protocol"`
	Perplexity float64 `json:"perplexity"`
	StdErr     float64 `json:"stderr"`
	Chunks     int     `json:"chunks"`
	Targets    int     `json:"targets"`
	Context    int     `json:"context"`
	BOS        bool    `json:"bos"`
	Head       string  `json:"head"`
	KV         string  `json:"kv"`
	Seconds    float64 `json:"seconds"`
}

// measure measures one model with one head, once in a run.
func (p *proof) measure(ctx context.Context, r *result, model, head string) (*perplexity, error) {
	key := model + " " + head
	if m := p.measured[key]; m != nil {
		return m, nil
	}
	file, sum, err := p.text(ctx)
	if err != nil {
		return nil, err
	}
	p.reference = sum == p.target.TextSHA256
	if !p.reference {
		p.say("  the text is not the one that the published figure is of")
	}
	if n := max(p.textTokens, p.target.Chunks*p.target.Context); p.prefill > 0 {
		p.say("  %s, head %s: about %s", filepath.Base(model), head, span(float64(n)/p.prefill))
	}
	x, err := p.run(ctx, r, "perplexity", model, "-f", file, "--protocol", "llama", "-c", fmt.Sprint(p.target.Context), "--head", head)
	if err != nil {
		return nil, err
	}
	var found *perplexity
	err = x.each(func(b json.RawMessage) {
		var m perplexity
		if json.Unmarshal(b, &m) == nil && m.Head == head && m.Perplexity > 0 {
			found = &m
		}
	})
	if err == nil && found == nil {
		err = fmt.Errorf("%s reported no perplexity with the head %s", x.Command, head)
	}
	if err != nil {
		return nil, err
	}
	p.measured[key] = found
	r.keep(key, found)
	return found, nil
}

func (p *proof) exact(ctx context.Context, r *result) error {
	m, err := p.measure(ctx, r, p.officialPath(), "f16")
	if err != nil {
		return err
	}
	if !p.reference {
		r.note("%.4f ± %.4f, on a text of another sha256 than the reference's: not compared", m.Perplexity, m.StdErr)
		return nil
	}
	r.same("chunks", p.target.Chunks, m.Chunks)
	off, combined := m.Perplexity-p.target.Perplexity, math.Hypot(m.StdErr, p.target.StdErr)
	r.check(math.Abs(off) <= p.target.Sigmas*combined, "perplexity", fmt.Sprintf("%.4f ± %.4f", p.target.Perplexity, p.target.StdErr), fmt.Sprintf("%.4f ± %.4f", m.Perplexity, m.StdErr))
	r.note("off by %+.4f (%+.3f %%), %.2f combined standard errors; passed within %g", off, 100*off/p.target.Perplexity, math.Abs(off)/combined, p.target.Sigmas)
	return nil
}

func (p *proof) head(ctx context.Context, r *result) error {
	ratio, err := p.beside(ctx, r, p.officialPath(), "int8")
	if err == nil {
		r.check(math.Abs(ratio) <= p.target.HeadCost, "the int8 head changes perplexity by", fmt.Sprintf("≤ %.2f %%", 100*p.target.HeadCost), fmt.Sprintf("%+.3f %%", 100*ratio))
	}
	return err
}

// screen holds the int4 head against the exact one, position by position: what it takes to make it the default.
func (p *proof) screen(ctx context.Context, r *result) error {
	file, _, err := p.text(ctx)
	if err != nil {
		return err
	}
	chunks := (p.target.Positions + p.target.Context - 1) / p.target.Context
	x, err := p.run(ctx, r, "perplexity", p.officialPath(), "-f", file, "--agree", "-c", fmt.Sprint(p.target.Context), "--chunks", fmt.Sprint(chunks))
	if err != nil {
		return err
	}
	var m struct {
		Positions  int     `json:"positions"`
		Top1       int     `json:"top1"`
		Top64      int     `json:"top64"`
		WorstRank  int     `json:"worst_rank"`
		Rows       float64 `json:"rows"`
		MostRows   int     `json:"most_rows"`
		Vocabulary int     `json:"vocabulary"`
		Seconds    float64 `json:"seconds"`
	}
	var bad error
	if err := x.each(func(b json.RawMessage) { bad = json.Unmarshal(b, &m) }); err != nil || bad != nil {
		return cmp.Or(err, bad)
	}
	r.check(m.Positions >= p.target.Positions, "positions", fmt.Sprintf("≥ %d", p.target.Positions), fmt.Sprint(m.Positions))
	r.same("the largest logit is the exact head's", m.Positions, m.Top1)
	r.same("the 64 largest are", m.Positions, m.Top64)
	r.note("rows computed exactly for 64: %.0f in the mean, %d at most, of %d; in 4 bits alone the largest was at worst number %d", m.Rows, m.MostRows, m.Vocabulary, m.WorstRank)
	r.keep("screen", m)
	return nil
}

// converted measures what the master became. Its codes are not quite the official ones, and nobody says of which of the
// two the published figure is; so it fails nothing.
func (p *proof) converted(ctx context.Context, r *result) error {
	if err := p.need(ctx, r, p.masterPath()); err != nil {
		return err
	}
	_, err := p.beside(ctx, r, p.made(p.masterPath()), "f16")
	return err
}

// beside measures a model, and by how much it differs from the official file with the exact head on the same text.
func (p *proof) beside(ctx context.Context, r *result, model, head string) (ratio float64, err error) {
	exact, err := p.measure(ctx, r, p.officialPath(), "f16")
	if err != nil {
		return 0, err
	}
	m, err := p.measure(ctx, r, model, head)
	if err != nil {
		return 0, err
	}
	ratio = m.Perplexity/exact.Perplexity - 1
	r.note("%.4f ± %.4f with the %s head; the official file with the exact one %.4f ± %.4f: %+.3f %%", m.Perplexity, m.StdErr, head, exact.Perplexity, exact.StdErr, 100*ratio)
	return ratio, nil
}

// chosen returns the steps of -only and -skip.
func chosen(only, skip string) (list []step, err error) {
	known := map[string]bool{}
	for _, s := range steps {
		known[s.name] = true
	}
	words := func(s string) (map[string]bool, error) {
		m := map[string]bool{}
		for name := range strings.SplitSeq(s, ",") {
			if name = strings.TrimSpace(name); name == "" {
				continue
			}
			if !known[name] {
				return nil, fmt.Errorf("%w: no step %q; there are %s", errUsage, name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			}
			m[name] = true
		}
		return m, nil
	}
	in, err := words(only)
	if err != nil {
		return nil, err
	}
	out, err := words(skip)
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		if (len(in) == 0 || in[s.name]) && !out[s.name] {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: no step is left", errUsage)
	}
	return list, nil
}
