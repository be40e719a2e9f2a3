package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/inspect"
	"golang.org/x/term"
)

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

func (a *app) showCmd() *cobra.Command {
	var s source
	var tensors, kv, stats bool
	cmd := &cobra.Command{
		Use: "show MODEL", Short: "What a model is, what is in it, and where it will load", Args: exact(1),
		Example: "  trit show model.gguf\n  trit show ./bitnet-b1.58-2B-4T-bf16 --stats\n  trit show model.gguf --json | jq .loads",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.open(args[0])
			if err != nil {
				return err
			}
			defer c.Close()
			r := inspect.Show(c)
			if stats && c.Unknown == nil {
				snap, err := rule(s.snap)
				if err != nil {
					return err
				}
				var more []inspect.Finding
				o := inspect.Options{Hash: sha256.New, Rule: snap, Parallel: a.parallel(), Progress: a.progress()}
				if r.Stats, more, err = inspect.Read(cmd.Context(), c, o); err != nil {
					return err
				}
				r.Findings = append(r.Findings, more...)
			}
			if a.json {
				fmt.Fprintf(a.out, "%s\n", r.AppendJSON(nil))
				return nil
			}
			a.page(args[0], r, tensors, kv)
			return nil
		},
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&s.snap, "snap", "", "with --stats, snap floats that nothing declares ternary: absmean or nonzero-mean")
	cmd.Flags().BoolVar(&tensors, "tensors", false, "list every tensor")
	cmd.Flags().BoolVar(&kv, "kv", false, "list the metadata")
	cmd.Flags().BoolVar(&stats, "stats", false, "read the weights: trit counts, sparsity, entropy, the trit hash")
	return cmd
}

// page prints a report for people.
func (a *app) page(path string, r *inspect.Report, tensors, kv bool) {
	fmt.Fprintf(a.out, "%s\n", fault.Clean(path))
	summary := [][]string{{"format", r.Format}, {"architecture", r.Arch}, {"name", r.Name}, {"parameters", group(r.Parameters)},
		{"ternary as", r.FileType}, {"size", size(r.Bytes)}, {"tensors", strconv.Itoa(len(r.Tensors))}}
	if r.Stats != nil {
		summary = append(summary, []string{"trit hash", r.Stats.TritHash},
			[]string{"zeros", fmt.Sprintf("%.2f %%, %.3f bits a trit", 100*r.Stats.Total.Sparsity(), r.Stats.Total.Entropy())})
	}
	a.table(nil, summary)
	if kv {
		var rows [][]string
		for _, p := range r.Metadata {
			v := string(p.Value.AppendJSON(nil, 4))
			if len(v) > 100 {
				v = strings.ToValidUTF8(v[:97], "") + "…"
			}
			rows = append(rows, []string{p.Key, v})
		}
		a.table([]string{"key", "value"}, rows)
	}
	if tensors {
		var rows [][]string
		for _, t := range r.Tensors {
			rows = append(rows, []string{t.Name, t.Type.String(), fmt.Sprint(t.Shape), strconv.FormatInt(t.Offset, 10), strconv.FormatInt(t.Bytes, 10)})
		}
		a.table([]string{"tensor", "type", "shape", "offset", "bytes"}, rows)
	}
	if r.Stats != nil {
		a.layers(r.Stats)
	}
	if len(r.Loads) > 0 {
		var rows [][]string
		for _, l := range r.Loads {
			rows = append(rows, []string{l.App, l.Verdict, l.Why})
		}
		a.table([]string{"application", "verdict", "why"}, rows)
	}
	a.findings(r.Findings)
}

// layers prints the share of -, 0 and + of every ternary tensor, as a bar.
func (a *app) layers(s *inspect.Stats) {
	var rows [][]string
	for _, t := range s.Tensors {
		const width = 24
		total := max(t.Total(), 1)
		neg := int(width * t.Neg / total)
		zero := int(width * t.Zero / total)
		bar := strings.Repeat("-", neg) + strings.Repeat("0", zero) + strings.Repeat("+", width-neg-zero)
		rows = append(rows, []string{t.Name, bar, fmt.Sprintf("%.2f %%", 100*t.Sparsity()), fmt.Sprintf("%.3f", t.Entropy()), fmt.Sprintf("%.5g", t.ScaleMax)})
	}
	a.table([]string{"tensor", "- 0 +", "zeros", "bits/trit", "scale"}, rows)
}

func (a *app) findings(list []inspect.Finding) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(a.out)
	for _, f := range list {
		fmt.Fprintf(a.out, "%s[%s]: %s\n", f.Severity, f.Code, fault.Clean(f.Message))
		if f.Fix != "" {
			fmt.Fprintf(a.out, "  next:  %s\n", fault.Clean(f.Fix))
		}
	}
}

// table prints rows in columns; text from files is made safe first.
func (a *app) table(head []string, rows [][]string) {
	fmt.Fprintln(a.out)
	if head != nil {
		rows = append([][]string{head}, rows...)
	}
	var widths []int
	for _, row := range rows {
		for i := range row {
			row[i] = fault.Clean(row[i])
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], runewidth.StringWidth(row[i]))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += cell + strings.Repeat(" ", widths[i]-runewidth.StringWidth(cell)+2)
		}
		fmt.Fprintln(a.out, strings.TrimRight(line, " "))
	}
}

// group writes a number with its thousands apart.
func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
