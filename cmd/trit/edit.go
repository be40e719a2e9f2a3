package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/native/files"
)

func (a *app) editCmd() *cobra.Command {
	var s source
	var out, as string
	var set, unset []string
	var force bool
	cmd := &cobra.Command{
		Use: "edit MODEL -o FILE", Short: "Set or remove metadata of a GGUF; the tensors stay byte for byte", Args: exact(1),
		Example: "  trit edit m.gguf -o n.gguf --set general.name='My model'\n  trit edit m.gguf -o n.gguf --set tokenizer.ggml.eot_token_id=128009 --as u32 --unset general.license",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.open(args[0])
			if err != nil {
				return err
			}
			defer c.Close()
			if out == "" {
				return usage("edit writes a copy: -o FILE")
			}
			kv, err := convert.Changes(c, set, as)
			if err != nil {
				return err
			}
			e, err := convert.NewEdit(c, kv, unset)
			if err != nil {
				return err
			}
			if err := distinct(args[0], out); err != nil {
				return err
			}
			return a.edit(cmd, e, out, force)
		},
	}
	s.flags(cmd)
	f := cmd.Flags()
	f.StringVarP(&out, "output", "o", "", "output file")
	f.StringArrayVar(&set, "set", nil, "KEY=VALUE; the type is the present value's, else --as")
	f.StringArrayVar(&unset, "unset", nil, "KEY")
	f.StringVar(&as, "as", "", "type of new values: u32, i32, f32, bool, str (default)")
	f.BoolVar(&force, "force", false, "replace an output that exists")
	return cmd
}

// edit writes the planned copy and says what it is.
func (a *app) edit(cmd *cobra.Command, e *convert.Edit, out string, force bool) error {
	o, err := files.Create(out, force)
	if err != nil {
		return err
	}
	bar := a.progress("copying")
	defer bar.stop()
	e.Progress = bar.update
	if err = o.Reserve(e.Size()); err == nil {
		err = e.Write(cmd.Context(), o)
	}
	if err != nil {
		o.Abort()
		return err
	}
	if err := o.Commit(a.parallel()); err != nil {
		return err
	}
	bar.stop()
	if a.json {
		b := e.AppendJSON(nil)
		b = json.AppendString(json.AppendKey(b[:len(b)-1], "output"), out)
		b = json.AppendString(json.AppendKey(b, "sha256"), o.SHA256())
		fmt.Fprintf(a.out, "%s}\n", b)
		return nil
	}
	fmt.Fprintln(a.out, out)
	return nil
}
