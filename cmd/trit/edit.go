package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/gguf"
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
			kv, err := changes(c, set, as)
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
		b := json.AppendString(json.AppendKey([]byte{'{'}, "output"), out)
		b = json.AppendInt(json.AppendKey(b, "bytes"), e.Size())
		b = json.AppendString(json.AppendKey(b, "sha256"), o.SHA256())
		fmt.Fprintf(a.out, "%s}\n", b)
		return nil
	}
	fmt.Fprintln(a.out, out)
	return nil
}

// changes reads KEY=VALUE pairs; a value has the type named, else the type of the present one.
func changes(c *checkpoint.Checkpoint, set []string, as string) ([]gguf.KV, error) {
	var kv []gguf.KV
	for _, x := range set {
		key, text, ok := strings.Cut(x, "=")
		if !ok {
			return nil, usage("--set takes KEY=VALUE")
		}
		old := gguf.String("")
		if c.GGUF != nil {
			if now, ok := c.GGUF.Get(key); ok {
				old = now
			}
		}
		v, err := parseValue(text, as, old)
		if err != nil {
			return nil, err
		}
		kv = append(kv, gguf.KV{Key: key, Value: v})
	}
	return kv, nil
}

// parseValue reads text as the type named, else as the type that the key has now, else as a string.
func parseValue(text, as string, old gguf.Value) (gguf.Value, error) {
	if as == "" {
		as = old.Type().String()
	}
	var v gguf.Value
	var err error
	switch as {
	case "u32":
		var n uint64
		n, err = strconv.ParseUint(text, 10, 32)
		v = gguf.Uint32(uint32(n))
	case "i32":
		var n int64
		n, err = strconv.ParseInt(text, 10, 32)
		v = gguf.Int32(int32(n))
	case "u64":
		var n uint64
		n, err = strconv.ParseUint(text, 10, 64)
		v = gguf.Uint64(n)
	case "f32":
		var x float64
		x, err = strconv.ParseFloat(text, 32)
		v = gguf.Float32(float32(x))
	case "bool":
		var b bool
		b, err = strconv.ParseBool(text)
		v = gguf.Bool(b)
	case "str", "string":
		v = gguf.String(text)
	default:
		return v, usage("cannot set a value of type " + as + "; --as u32, i32, u64, f32, bool or str")
	}
	if err != nil {
		return v, usage(strconv.Quote(text) + " is no " + as)
	}
	return v, nil
}
