package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/native/files"
)

// target holds the flags of every command that writes a model.
type target struct {
	out              string
	force, dry, noVf bool
}

func (t *target) flags(cmd *cobra.Command, what string) {
	f := cmd.Flags()
	f.StringVarP(&t.out, "output", "o", "", what)
	f.BoolVar(&t.force, "force", false, "replace an output that exists")
	f.BoolVar(&t.dry, "dry-run", false, "print the plan and write nothing")
	f.BoolVar(&t.noVf, "no-verify", false, "do not read the output back")
}

func (a *app) convertCmd() *cobra.Command {
	var s source
	var t target
	var o convert.Options
	cmd := &cobra.Command{
		Use: "convert SRC", Short: "Write a model as GGUF, or as a packed Hugging Face folder", Args: exact(1),
		Long: "convert takes a Hugging Face folder, safetensors or GGUF and writes a GGUF whose ternary weights have --type,\n" +
			"or with --type hf-packed a Hugging Face folder. Output and type have defaults, which are printed.",
		Example: "  trit convert ./my-checkpoint -o my.gguf --type i2_s\n  trit convert my.gguf --type tq2_0 --for llama.cpp\n  trit convert my.gguf --type hf-packed -o ./packed",
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Snap, err = ternary.ParseRule(s.snap); err != nil {
				return err
			}
			return a.convert(cmd, args[0], &s, &t, o)
		},
	}
	s.flags(cmd)
	t.flags(cmd, "output file, or folder for hf-packed")
	f := cmd.Flags()
	f.StringVar(&o.Type, "type", "", "i2_s, tq1_0, tq2_0, q2_0, f16, bf16, f32 or hf-packed")
	f.StringVar(&o.Embd, "embd", "", "type of embedding and head: f16, bf16, q8_0, q6_k or f32")
	f.StringVar(&s.snap, "snap", "", "snap floats that nothing declares ternary: absmean or nonzero-mean")
	f.StringVar(&o.Name, "name", "", "general.name of the output")
	f.StringVar(&o.For, "for", "", "a runtime that must load the result: refuse what it would get wrong")
	return cmd
}

func (a *app) snapCmd() *cobra.Command {
	var s source
	var t target
	as := "packed"
	cmd := &cobra.Command{
		Use: "snap SRC -o DIR", Short: "Snap a float checkpoint to trits, as a Hugging Face folder", Args: exact(1),
		Example: "  trit snap ./master -o ./packed\n  trit snap ./master -o ./snapped --as float --snap nonzero-mean",
		RunE: func(cmd *cobra.Command, args []string) error {
			o := convert.Options{Type: "hf-" + as, Count: true}
			var err error
			if o.Snap, err = ternary.ParseRule(s.snap); err != nil {
				return err
			}
			if as != "packed" && as != "float" {
				return usage("--as is packed or float")
			}
			return a.convert(cmd, args[0], &s, &t, o)
		},
	}
	s.flags(cmd)
	t.flags(cmd, "output folder")
	cmd.Flags().StringVar(&s.snap, "snap", "", "rule for floats that nothing declares ternary: absmean or nonzero-mean")
	cmd.Flags().StringVar(&as, "as", as, "packed, or float: ±b/(1-z), which transformers' online quantiser snaps to the same")
	return cmd
}

func (a *app) pruneCmd() *cobra.Command {
	var s source
	var t target
	by := "codes"
	o := convert.Options{Type: convert.HFPacked, Count: true}
	cmd := &cobra.Command{
		Use: "prune SRC -o DIR --prune PERCENT", Short: "Snap, then set the codes with the smallest latents to 0", Args: exact(1),
		Example: "  trit prune ./master -o ./pruned --prune 10",
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Snap, err = ternary.ParseRule(s.snap); err != nil {
				return err
			}
			var ok bool
			if o.PruneBy, ok = map[string]ternary.Criterion{"codes": ternary.ByCodes, "latent": ternary.ByLatent, "random": ternary.Random}[by]; !ok {
				return usage("--prune-by is codes, latent or random")
			}
			if o.Prune == 0 {
				return usage("prune needs --prune PERCENT")
			}
			return a.convert(cmd, args[0], &s, &t, o)
		},
	}
	s.flags(cmd)
	t.flags(cmd, "output folder")
	f := cmd.Flags()
	f.Float64Var(&o.Prune, "prune", 0, "percent to set to 0")
	f.StringVar(&by, "prune-by", by, "codes: of the non-zero codes; latent: of all weights; random: of the non-zero codes, drawn")
	f.Uint64Var(&o.PruneSeed, "seed", 0, "of random")
	f.StringVar(&s.snap, "snap", "", "rule for floats that nothing declares ternary: absmean or nonzero-mean")
	return cmd
}

// convert plans, says what it will do, writes, and says what it did.
func (a *app) convert(cmd *cobra.Command, path string, s *source, t *target, o convert.Options) error {
	start := time.Now()
	c, err := s.open(path)
	if err != nil {
		return err
	}
	defer c.Close()
	bar := a.progress("converting")
	defer bar.stop()
	o.Parallel, o.Progress, o.View = a.parallel(), bar.update, true
	p, err := convert.NewPlan(c, o)
	if err != nil {
		return err
	}
	out := t.out
	if out == "" {
		out = defaultOutput(path, p)
		a.note("output %s", out)
	}
	a.announce(p)
	if t.dry {
		return a.dryRun(p)
	}
	if err := distinct(path, out); err != nil {
		return err
	}
	var verify func(int, func(int) error) error
	if !t.noVf {
		verify = files.Parallel(max(1, a.threads))
	}
	var written *files.Output
	if p.Container == checkpoint.GGUF {
		written, err = writeFile(cmd, p, out, t.force, verify)
	} else {
		written, err = writeFolder(cmd, p, out, t.force, verify)
	}
	if err != nil {
		return err
	}
	bar.stop()
	r := &convert.Result{Plan: p, Output: out, SHA256: written.SHA256(),
		Seconds: time.Since(start).Seconds(), Sync: written.Synced().Seconds(), PeakBytes: files.PeakRSS()}
	if a.json {
		fmt.Fprintf(a.out, "%s\n", r.AppendJSON(nil))
		return nil
	}
	a.outcome(r)
	fmt.Fprintln(a.out, out)
	return nil
}

func (a *app) dryRun(p *convert.Plan) error {
	if a.json {
		fmt.Fprintf(a.out, "%s\n", p.AppendJSON(nil))
		return nil
	}
	var rows [][]string
	for _, s := range p.Steps {
		rows = append(rows, []string{s.Name, s.From, s.Action, s.To.String(), group(s.Bytes)})
	}
	a.table([]string{"tensor", "from", "action", "to", "bytes"}, rows)
	fmt.Fprintf(a.out, "\n%s in all\n", size(p.Size()))
	return nil
}

// announce says what was decided, and where the result will load.
func (a *app) announce(p *convert.Plan) {
	for _, n := range p.Notes {
		a.note("%s", fault.Clean(n))
	}
	var list []model.Load
	for _, l := range p.Loads {
		if l.Verdict != model.Unsure || a.verbose {
			list = append(list, l)
		}
	}
	for _, row := range loadRows(list) {
		a.note("  %-11s %s: %s", row[1], row[0], fault.Clean(row[2]))
	}
}

// outcome says what was written, and of snapped models what the codes are.
func (a *app) outcome(r *convert.Result) {
	var sum ternary.Counts
	flipped, flushed := int64(0), int64(0)
	worst := 0.0
	for _, s := range r.Plan.Steps {
		worst = max(worst, s.ScaleError)
		flushed += s.Flushed
		if s.Counts != nil {
			sum = sum.Add(s.Counts.Counts)
			flipped += s.Counts.Flipped
		}
	}
	if sum.Total() > 0 {
		a.note("%s trits: %.2f %% zeros, %.3f bits a trit", group(sum.Total()), 100*sum.Sparsity(), sum.Entropy())
	}
	if flipped > 0 {
		a.note("%s of them set to 0 by pruning", group(flipped))
	}
	if worst > 0 {
		a.note("codes exact; scales rounded, by at most %.2g of themselves", worst)
	}
	if flushed > 0 {
		a.note("%s floats became 0 in f16", group(flushed))
	}
	a.note("%d tensors, %s in %.2f s, peak memory %s; sha256 %s", len(r.Plan.Steps), size(r.Plan.Size()), r.Seconds, size(r.PeakBytes), r.SHA256)
}

// defaultOutput puts the result into the current folder, named for the source and the type.
func defaultOutput(path string, p *convert.Plan) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path
	}
	base := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(abs), ".gguf"), ".safetensors")
	if p.Container == checkpoint.GGUF {
		return base + "-" + p.Type + ".gguf"
	}
	return base + "-" + p.Type
}

// distinct refuses an output that is the source, or that holds it.
func distinct(path, out string) error {
	src, err1 := os.Stat(path)
	dst, err2 := os.Stat(out)
	if err1 == nil && err2 == nil && os.SameFile(src, dst) {
		return usage("the output is the source; sources are never touched")
	}
	if err1 == nil && src.IsDir() {
		return nil
	}
	if dir, err := os.Stat(filepath.Dir(path)); err == nil && err2 == nil && os.SameFile(dir, dst) {
		return usage("the output is the folder of the source; sources are never touched")
	}
	return nil
}

func writeFile(cmd *cobra.Command, p *convert.Plan, path string, force bool, verify func(int, func(int) error) error) (*files.Output, error) {
	o, err := files.Create(path, force)
	if err != nil {
		return nil, err
	}
	return finish(cmd, p, o, verify)
}

// finish writes the plan's weights into o and commits it.
func finish(cmd *cobra.Command, p *convert.Plan, o *files.Output, verify func(int, func(int) error) error) (*files.Output, error) {
	err := o.Reserve(p.Size())
	if err == nil {
		err = files.Guard(func() error { return p.Write(cmd.Context(), o) })
	}
	if err != nil {
		o.Abort()
		return nil, err
	}
	if err := cmd.Context().Err(); err != nil {
		o.Abort()
		return nil, err
	}
	return o, o.Commit(verify)
}

func writeFolder(cmd *cobra.Command, p *convert.Plan, path string, force bool, verify func(int, func(int) error) error) (*files.Output, error) {
	f, err := files.CreateFolder(path, force)
	if err != nil {
		return nil, err
	}
	o, err := fill(cmd, p, f, verify)
	if err != nil {
		f.Abort()
		return nil, err
	}
	return o, f.Commit()
}

func fill(cmd *cobra.Command, p *convert.Plan, f *files.Folder, verify func(int, func(int) error) error) (*files.Output, error) {
	for _, x := range p.Files {
		if err := f.WriteFile(x.Name, x.Data); err != nil {
			return nil, err
		}
	}
	o, err := f.Create(convert.WeightsName)
	if err != nil {
		return nil, err
	}
	return finish(cmd, p, o, verify)
}
