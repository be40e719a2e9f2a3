package main

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/inspect"
	"github.com/tritkit/tritkit/core/ternary"
)

func (a *app) verifyCmd() *cobra.Command {
	var s source
	var quick, strict bool
	cmd := &cobra.Command{
		Use: "verify MODEL", Short: "Read every byte: structure, codes, scales, floats, tokenizer", Args: exact(1),
		Long:    "verify reads every byte of a model and lists what is wrong, each with a fix. It exits with 5 when it found an error.",
		Example: "  trit verify model.gguf\n  trit verify model.gguf --quick --strict",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.open(args[0])
			if err != nil {
				return err
			}
			defer c.Close()
			p := a.progress("verifying")
			defer p.stop()
			v, err := inspect.Verify(cmd.Context(), c, quick, inspect.Options{Hash: sha256.New, Parallel: a.parallel(), Progress: p.update})
			if err != nil {
				return err
			}
			p.stop()
			if a.json {
				fmt.Fprintf(a.out, "%s\n", v.AppendJSON(nil))
			} else if !a.quiet {
				a.table(nil, [][]string{{"size", size(v.Bytes)}, {"trit hash", v.TritHash}})
				a.findings(v.Findings)
			} else {
				a.findings(slices.DeleteFunc(v.Findings, func(f inspect.Finding) bool { return f.Severity == inspect.Info }))
			}
			if v.Failed(strict) {
				return errCheck
			}
			if !a.json && !a.quiet {
				fmt.Fprintln(a.out, "\n"+a.paint(green, "sound"))
			}
			return nil
		},
	}
	s.flags(cmd)
	cmd.Flags().BoolVar(&quick, "quick", false, "headers only")
	cmd.Flags().BoolVar(&strict, "strict", false, "warnings fail too")
	return cmd
}

func (a *app) diffCmd() *cobra.Command {
	var s source
	var level string
	var all bool
	cmd := &cobra.Command{
		Use: "diff A B", Short: "Compare two models tensor by tensor, whatever packs them", Args: exact(2),
		Long:    "diff compares weights by name across formats. It exits with 5 when they differ at the level asked for.",
		Example: "  trit diff a-i2_s.gguf a-tq2_0.gguf\n  trit diff ./packed b.gguf --level codes --tensors",
		RunE: func(cmd *cobra.Command, args []string) error {
			x, err := s.open(args[0])
			if err != nil {
				return err
			}
			defer x.Close()
			y, err := s.open(args[1])
			if err != nil {
				return err
			}
			defer y.Close()
			snap, err := ternary.ParseRule(s.snap)
			if err != nil {
				return err
			}
			p := a.progress("comparing")
			defer p.stop()
			d, err := inspect.Diff(cmd.Context(), x, y, inspect.Level(level), inspect.Options{Hash: sha256.New, Rule: snap, Parallel: a.parallel(), Progress: p.update})
			if err != nil {
				return err
			}
			p.stop()
			if a.json {
				fmt.Fprintf(a.out, "%s\n", d.AppendJSON(nil))
			} else {
				a.difference(d, all)
			}
			if !d.Same {
				return errCheck
			}
			return nil
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&level, "level", "scales", "what must agree: codes, scales or bytes")
	cmd.Flags().StringVar(&s.snap, "snap", "", "snap floats that nothing declares ternary: absmean or nonzero-mean")
	cmd.Flags().BoolVar(&all, "tensors", false, "list equal tensors too")
	return cmd
}

func (a *app) difference(d *inspect.Difference, all bool) {
	counts := map[string]int{}
	var rows [][]string
	worst := 0.0
	for _, t := range d.Tensors {
		counts[t.Verdict]++
		worst = max(worst, t.ScaleError)
		if all || t.Verdict != "equal" && t.Verdict != "same-codes" {
			rows = append(rows, []string{t.Name, t.Verdict, strconv.FormatInt(t.Flipped, 10), fmt.Sprintf("%.3g", t.ScaleError), fmt.Sprintf("%.3g", t.MaxError)})
		}
	}
	if len(rows) > 0 {
		a.table([]string{"tensor", "verdict", "flipped", "scale error", "max error"}, rows)
	}
	var sum [][]string
	for _, v := range []string{"equal", "same-codes", "flipped", "differs", "only-a", "only-b"} {
		if counts[v] > 0 {
			sum = append(sum, []string{v, strconv.Itoa(counts[v])})
		}
	}
	if d.HashA != "" {
		sum = append(sum, []string{"trit hash", d.HashA})
		if d.HashB != d.HashA {
			sum = append(sum, []string{"", d.HashB})
		}
	}
	a.table(nil, sum)
	if len(d.Metadata) > 0 {
		a.keys(d.Metadata)
	}
	fmt.Fprintln(a.out)
	if counts["same-codes"] > 0 && counts["flipped"] == 0 {
		fmt.Fprintf(a.out, "codes exact; scales differ by at most %.2g relative\n", worst)
	}
	if d.Same {
		fmt.Fprintln(a.out, a.paint(green, "the same at level "+string(d.Level)))
	} else {
		fmt.Fprintln(a.out, a.paint(red, "different at level "+string(d.Level)))
	}
}

// keys prints metadata that differs; it is no part of the verdict.
func (a *app) keys(list []inspect.KeyDiff) {
	const widest = 40
	short := func(s string) string {
		if len(s) > widest {
			return strings.ToValidUTF8(s[:widest], "") + "…"
		}
		return s
	}
	var rows [][]string
	for _, k := range list {
		rows = append(rows, []string{k.Key, short(k.A), short(k.B)})
	}
	a.table([]string{"metadata", "a", "b"}, rows)
}
