package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/tokenizer"
)

func (a *app) tokenizeCmd() *cobra.Command {
	var s source
	var file string
	var noSpecial, parse bool
	cmd := &cobra.Command{
		Use: "tokenize MODEL [TEXT]", Short: "The tokens of a text", Args: cobra.RangeArgs(1, 2),
		Example: "  trit tokenize model.gguf \"Hello, world\"\n  trit tokenize model.gguf -f book.txt --json | jq '.ids | length'",
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := a.textOf(args[1:], file)
			if err != nil {
				return err
			}
			c, err := s.open(args[0])
			if err != nil {
				return err
			}
			defer c.Close()
			if c.Unknown != nil {
				return c.Unknown
			}
			v, err := c.Vocab()
			if err != nil {
				return err
			}
			e, err := v.NewEncoder()
			if err != nil {
				return err
			}
			ids, err := e.Encode(nil, text, tokenizer.EncodeOptions{Special: parse, NoBOS: noSpecial, NoEOS: noSpecial})
			if err != nil {
				return err
			}
			if a.json {
				b := json.AppendArray([]byte(`{"ids":`), len(ids), func(b []byte, i int) []byte { return json.AppendInt(b, int64(ids[i])) })
				fmt.Fprintf(a.out, "%s}\n", b)
				return nil
			}
			rows := make([][]string, len(ids))
			for i, id := range ids {
				rows[i] = []string{fmt.Sprint(id), fault.Quote(e.Decode(ids[i:i+1], tokenizer.DecodeOptions{Special: true, Continued: true}))}
			}
			a.table([]string{"id", "text"}, rows)
			a.note("%d tokens", len(ids))
			return nil
		},
	}
	s.flags(cmd)
	f := cmd.Flags()
	f.StringVarP(&file, "file", "f", "", "read the text from a file")
	f.BoolVar(&noSpecial, "no-special", false, "without the tokens that the model puts around a text")
	f.BoolVar(&parse, "parse-special", false, "control tokens written in the text become those tokens")
	return cmd
}

// textOf is the argument, the file, or standard input.
func (a *app) textOf(args []string, file string) (string, error) {
	if file == "" {
		return a.prompt(args)
	}
	if len(args) > 0 {
		return "", usage("give a text or -f FILE, not both")
	}
	b, err := os.ReadFile(file)
	return string(b), err
}
