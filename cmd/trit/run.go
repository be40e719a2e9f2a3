package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/native/generate"
	"github.com/tritkit/tritkit/native/infer"
	"github.com/tritkit/tritkit/native/sample"
	"golang.org/x/term"
)

// defaultContext is the context of a session that does not say how much: room for an answer, and little memory.
const defaultContext = 4096

const contextUsage = "tokens of context; 0 is 4096, or the model's own where that is less"

func (a *app) runCmd() *cobra.Command {
	var r runner
	var s sampling
	var dump logitsDump
	var stop []string
	var max int
	var stats bool
	var t templating
	cmd := &cobra.Command{
		Use: "run MODEL [PROMPT]", Short: "Answer a prompt, or continue a text", Args: cobra.RangeArgs(1, 2),
		Long: "run gives PROMPT, or standard input, to the model: through its chat template where it has one, else (and with --raw) as a text to continue.\n" +
			"Which of the two is printed. Control tokens written in a prompt that goes through a template are control tokens.",
		Example: "  trit run model.gguf \"What is the capital of France?\"\n  trit run model.gguf --raw \"The capital of France is\" -n 16 --temp 0\n  trit run model.gguf --json < prompt.txt | jq -r .text\n" +
			"  trit run model.gguf --logits out.npy --tokens 1,2,3 --head f16",
		RunE: func(cmd *cobra.Command, args []string) error {
			if dump.file != "" || dump.tokens != "" {
				return dump.run(a, cmd, &r, args)
			}
			prompt, err := a.prompt(args[1:])
			if err != nil {
				return err
			}
			var o sample.Options
			l, err := r.load(a, cmd, args[0], true, s.settle(cmd, &o))
			if err != nil {
				return err
			}
			defer l.close()
			tokens, mode, err := t.tokens(l, prompt)
			if err != nil {
				return err
			}
			a.note("%s · kernel %s · head %s · %d threads · seed %d", mode, l.Kernel.Name, l.Head, l.Threads(), o.Seed)
			return a.complete(cmd.Context(), l, r.context, tokens, o, generate.Options{Max: max, Stop: stop}, stats)
		},
	}
	r.flags(cmd)
	s.flags(cmd)
	t.flags(cmd)
	dump.flags(cmd)
	f := cmd.Flags()
	f.Lookup("context").Usage = contextUsage
	f.IntVarP(&max, "predict", "n", 256, "most tokens to generate; 0: until the context is full")
	f.StringArrayVar(&stop, "stop", nil, "end at this text; may be given several times")
	f.BoolVar(&stats, "stats", false, "print tokens and rates at the end, on standard error")
	return cmd
}

// prompt is the argument, or standard input where there is none.
func (a *app) prompt(args []string) (string, error) {
	if len(args) > 0 && args[0] != "-" {
		return args[0], nil
	}
	if f, ok := a.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) && len(args) == 0 {
		return "", usage("no prompt: give one, or pipe a text in")
	}
	const most = 64 << 20
	b, err := io.ReadAll(io.LimitReader(a.in, most+1))
	if err == nil && len(b) > most {
		err = usage("a prompt of more than 64 MiB")
	}
	return string(b), err
}

// sessionSize is the context that was asked for, or the default.
func (l *loaded) sessionSize(context int) int {
	if context == 0 {
		return min(defaultContext, l.Config.Context)
	}
	return context
}

// start returns an empty session and a sampler for what it will compute.
func (l *loaded) start(size int, so sample.Options) (*infer.Session, *sample.Sampler, error) {
	sampler, err := sample.New(so)
	if err != nil {
		return nil, nil, err
	}
	s, err := l.NewSession(l.sessionSize(size))
	if err == nil {
		err = s.Need(so.Depth())
	}
	return s, sampler, err
}

// complete generates, and prints what comes as it comes.
func (a *app) complete(ctx context.Context, l *loaded, size int, tokens []tokenizer.Token, so sample.Options, g generate.Options, stats bool) error {
	if len(tokens) == 0 {
		return usage("the prompt has no tokens, and the model puts none before a text")
	}
	s, sampler, err := l.start(size, so)
	if err != nil {
		return err
	}
	for _, id := range l.voc.Ends() {
		g.Ends = append(g.Ends, tokenizer.Token(id))
	}
	if !a.json {
		g.Emit = func(text string) { io.WriteString(a.out, a.shown(text)) }
	}
	r, err := generate.Run(ctx, s, l.enc, sampler, tokens, g)
	if !a.json {
		fmt.Fprintln(a.out)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if a.json && err == nil {
		fmt.Fprintf(a.out, "%s\n", appendGenerated(nil, &r, so.Seed))
	}
	if stats && !a.json {
		a.rates(&r)
	}
	return err
}

// rates prints how fast it went.
func (a *app) rates(r *generate.Result) {
	fmt.Fprintf(a.err, "prompt %d tokens, %.1f tokens/s · generated %d tokens, %.1f tokens/s · ended by %s\n",
		r.Prompt, rate(r.Prompt, r.First), len(r.Tokens), rate(len(r.Tokens)-1, r.Rest), r.Reason)
}

// shown makes text safe for a terminal: what a model says must not move the cursor.
func (a *app) shown(text string) string {
	if !isTerminal(a.out) {
		return text
	}
	return safe(text)
}

// safe replaces what a terminal would obey instead of showing it, character by character: pieces of a text may come
// one by one.
func safe(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t':
		case c < 0x20, c >= 0x7f && c < 0xa0, c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069:
			return 0xfffd
		}
		return c
	}, text)
}

// rate is tokens a second.
func rate(n int, d time.Duration) float64 {
	if n <= 0 || d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

func appendGenerated(b []byte, r *generate.Result, seed uint64) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "text"), r.Text)
	b = json.AppendArray(json.AppendKey(b, "ids"), len(r.Tokens), func(b []byte, i int) []byte { return json.AppendInt(b, int64(r.Tokens[i])) })
	b = json.AppendString(json.AppendKey(b, "reason"), string(r.Reason))
	b = json.AppendUint(json.AppendKey(b, "seed"), seed)
	b = json.AppendInt(json.AppendKey(b, "prompt_tokens"), int64(r.Prompt))
	b = json.AppendFloat(json.AppendKey(b, "prompt_tokens_per_second"), rate(r.Prompt, r.First))
	b = json.AppendFloat(json.AppendKey(b, "tokens_per_second"), rate(len(r.Tokens)-1, r.Rest))
	return append(b, '}')
}
