package main

import (
	"crypto/sha256"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/inspect"
	"github.com/tritkit/tritkit/core/ternary"
)

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
				o := inspect.Options{Hash: sha256.New, Detail: true, Parallel: a.parallel()}
				if o.Rule, err = ternary.ParseRule(s.snap); err != nil {
					return err
				}
				p := a.progress("reading")
				defer p.stop()
				o.Progress = p.update
				var more []inspect.Finding
				if r.Stats, more, err = inspect.Read(cmd.Context(), c, o); err != nil {
					return err
				}
				p.stop()
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
	cmd.Flags().BoolVar(&stats, "stats", false, "read the weights: trits, sparsity, entropy, scales, histogram, the trit hash")
	return cmd
}
