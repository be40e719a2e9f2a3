package main

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/inspect"
)

func (a *app) peekCmd() *cobra.Command {
	var s source
	var o inspect.PeekOptions
	cmd := &cobra.Command{
		Use: "peek MODEL", Short: "Look at single values: of a tensor with their bytes, of a metadata array", Args: exact(1),
		Long: "peek prints elements of one tensor, dequantised, and the bytes that they lie in; or elements of one metadata array.\n" +
			"Of packed weights of a Hugging Face folder the elements are the weight's, four to a byte.",
		Example: "  trit peek model.gguf --tensor blk.0.attn_q.weight --first 2560 --count 128\n" +
			"  trit peek model.gguf --key tokenizer.ggml.tokens --find hello\n" +
			"  trit peek model.gguf --key tokenizer.chat_template",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := s.open(args[0])
			if err != nil {
				return err
			}
			defer c.Close()
			p, err := inspect.Peek(cmd.Context(), c, o)
			if err != nil {
				return err
			}
			switch {
			case a.json:
				fmt.Fprintf(a.out, "%s\n", p.AppendJSON(nil))
			case p.Key != "":
				a.elements(p)
			default:
				a.slice(p)
			}
			return nil
		},
	}
	s.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.Tensor, "tensor", "", "name of a tensor")
	f.StringVar(&o.Key, "key", "", "name of a metadata key")
	f.Int64Var(&o.First, "first", 0, "element to begin with")
	f.Int64Var(&o.Count, "count", 64, "how many elements, at most")
	f.StringVar(&o.Find, "find", "", "of a key: only elements that contain this text")
	return cmd
}

// slice prints values eight to a line, then their bytes as a hex dump does.
func (a *app) slice(p *inspect.Slice) {
	const perLine = 8
	fmt.Fprintf(a.out, "%s  %s  %s\n", fault.Clean(p.Tensor), p.DType, dims(p.Shape))
	var rows [][]string
	for i := 0; i < len(p.Values); i += perLine {
		row := []string{strconv.FormatInt(p.First+int64(i), 10)}
		for _, x := range p.Values[i:min(i+perLine, len(p.Values))] {
			row = append(row, strconv.FormatFloat(float64(x), 'g', 6, 32))
		}
		rows = append(rows, row)
	}
	a.table(nil, rows)
	fmt.Fprintf(a.out, "\n%s, offset %d, %d bytes\n", fault.Clean(p.File), p.Offset, len(p.Raw))
	fmt.Fprint(a.out, hex.Dump(p.Raw))
}

// elements prints a metadata value: text as it is, an array an element a line.
func (a *app) elements(p *inspect.Slice) {
	for i, e := range p.Elements {
		text, err := e.Text()
		if err != nil {
			text = string(e.AppendJSON(nil, 0))
		}
		if len(p.Shape) == 0 {
			fmt.Fprintln(a.out, cleanLines(text))
			continue
		}
		at := p.First + int64(i)
		if p.Indices != nil {
			at = int64(p.Indices[i])
		}
		fmt.Fprintf(a.out, "%d\t%s\n", at, fault.Clean(text))
	}
}

// cleanLines is fault.Clean that leaves the lines of a text.
func cleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = fault.Clean(lines[i])
	}
	return strings.Join(lines, "\n")
}
