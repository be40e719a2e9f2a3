package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/native/eval"
	"github.com/tritkit/tritkit/native/infer"
)

func (a *app) perplexityCmd() *cobra.Command {
	var r runner
	var file, protocol, compare string
	var agree bool
	var chunks int
	cmd := &cobra.Command{
		Use: "perplexity MODEL -f TEXT", Short: "How well a model predicts a text", Args: exact(1),
		Long: "perplexity measures a text file under one of two protocols: llama (llama-perplexity's: disjoint chunks, the second half of each predicted)\n" +
			"or rpt (lines joined, the first 50 chunks of 128 tokens). The head is the exact one unless --head says otherwise;\n" +
			"without --head the default head of run is measured beside it, on the same targets.\n" +
			"With --agree it compares --head int4 with the exact head instead, at every position of the chunks.",
		Example: "  trit perplexity model.gguf -f wiki.test.raw\n  trit perplexity model.gguf -f wiki.valid.raw --protocol rpt --json\n  trit perplexity a.gguf -f text --compare b.gguf",
		RunE: func(cmd *cobra.Command, args []string) error {
			if file == "" {
				return usage("-f FILE names the text")
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if agree {
				return a.agree(cmd, &r, args[0], string(text), protocol, chunks)
			}
			if err := r.allLogits("perplexity"); err != nil {
				return err
			}
			if !cmd.Flags().Changed("head") {
				r.second = infer.HeadInt8
			}
			first, err := a.perplexity(cmd, &r, args[0], string(text), protocol, chunks)
			if err != nil || compare == "" {
				return err
			}
			second, err := a.perplexity(cmd, &r, compare, string(text), protocol, chunks)
			if err != nil {
				return err
			}
			p, err := eval.Compare(first, second)
			if err != nil {
				return err
			}
			if a.json {
				fmt.Fprintf(a.out, "%s}\n", appendRatio([]byte{'{'}, p))
				return nil
			}
			fmt.Fprintf(a.out, "%s against %s: %s, paired over %d targets\n", compare, args[0], difference(p), first.Targets)
			return nil
		},
	}
	r.flags(cmd)
	f := cmd.Flags()
	f.Lookup("head").DefValue = "f16"
	r.head = "f16"
	f.Lookup("context").Usage = "tokens of a chunk; 0 is 512, or 128 for rpt"
	f.StringVarP(&file, "file", "f", "", "the text")
	f.StringVar(&protocol, "protocol", "llama", "llama or rpt")
	f.IntVar(&chunks, "chunks", 0, "measure the first so many chunks; 0: all")
	f.StringVar(&compare, "compare", "", "another model, measured on the same targets")
	f.BoolVar(&agree, "agree", false, "compare --head int4 with the exact head, position by position")
	return cmd
}

// perplexity measures one model and prints the result.
func (a *app) perplexity(cmd *cobra.Command, r *runner, path, text, protocol string, chunks int) (*eval.Result, error) {
	l, err := r.load(a, cmd, path, true, nil)
	if err != nil {
		return nil, err
	}
	defer l.close()
	s, o, err := l.measured(r.context, protocol)
	if err != nil {
		return nil, err
	}
	p := a.progress("measuring")
	defer p.stop()
	o.Progress, o.Second, o.Chunks = p.update, r.second != "", chunks
	start := time.Now()
	m, err := eval.Perplexity(cmd.Context(), s, l.enc, text, o)
	if err != nil {
		return nil, err
	}
	p.stop()
	took := time.Since(start).Seconds()
	var other eval.Paired
	if m.Second != nil {
		if other, err = eval.Compare(&m, m.Second); err != nil {
			return nil, err
		}
	}
	if a.json {
		b := appendPerplexity(nil, &m, l, took)
		if m.Second != nil {
			b = json.AppendString(json.AppendKey(append(json.AppendKey(b[:len(b)-1], "other"), '{'), "head"), string(r.second))
			b = json.AppendFloat(json.AppendKey(b, "perplexity"), m.Second.Perplexity)
			b = json.AppendFloat(json.AppendKey(b, "stderr"), m.Second.StdErr)
			b = append(appendRatio(b, other), "}}"...)
		}
		fmt.Fprintf(a.out, "%s\n", b)
		return &m, nil
	}
	bos := "without BOS"
	if m.BOS {
		bos = "BOS at each chunk"
	}
	fmt.Fprintf(a.out, "perplexity %s · protocol %s · %d chunks of %d, %d targets · %s · head %s · kv %s · %.1f s\n",
		uncertain(&m), m.Protocol, m.Chunks, m.Context, m.Targets, bos, l.Head, l.KV, took)
	if m.Second != nil {
		fmt.Fprintf(a.out, "perplexity %s · head %s: %s\n", uncertain(m.Second), r.second, difference(other))
	}
	return &m, nil
}

// uncertain is a perplexity with its standard error; those of models that know nothing are long numbers.
func uncertain(m *eval.Result) string {
	if m.Perplexity >= 1e7 {
		return fmt.Sprintf("%.4g ± %.2g", m.Perplexity, m.StdErr)
	}
	return fmt.Sprintf("%.4f ± %.4f", m.Perplexity, m.StdErr)
}

// difference says how far apart two perplexities are.
func difference(p eval.Paired) string {
	return fmt.Sprintf("%+.3f %%, 95 %% interval %+.3f to %+.3f %%", 100*(p.Ratio-1), 100*(p.Low-1), 100*(p.High-1))
}

func appendRatio(b []byte, p eval.Paired) []byte {
	b = json.AppendFloat(json.AppendKey(b, "ratio"), p.Ratio)
	b = json.AppendFloat(json.AppendKey(b, "low"), p.Low)
	return json.AppendFloat(json.AppendKey(b, "high"), p.High)
}

// measured returns what a text is measured with: a session and the options of its protocol.
func (l *loaded) measured(context int, protocol string) (*infer.Session, eval.Options, error) {
	o := eval.Options{Protocol: eval.Protocol(protocol), Context: context, BOS: -1}
	if before, _ := l.enc.Encode(nil, "", tokenizer.EncodeOptions{NoEOS: true}); len(before) > 0 {
		o.BOS = int(before[0])
	}
	s, err := l.NewSession(min(max(context, 512), l.Config.Context))
	return s, o, err
}

// agree measures how --head int4 agrees with the exact head, and prints it.
func (a *app) agree(cmd *cobra.Command, r *runner, path, text, protocol string, chunks int) error {
	r.head = string(infer.HeadInt4)
	l, err := r.load(a, cmd, path, true, nil)
	if err != nil {
		return err
	}
	defer l.close()
	s, o, err := l.measured(r.context, protocol)
	if err != nil {
		return err
	}
	p := a.progress("measuring")
	defer p.stop()
	o.Progress, o.Chunks = p.update, chunks
	start := time.Now()
	m, err := eval.Agree(cmd.Context(), s, l.enc, text, o)
	if err != nil {
		return err
	}
	p.stop()
	took := time.Since(start).Seconds()
	if a.json {
		b := json.AppendInt([]byte(`{"positions":`), int64(m.Positions))
		b = json.AppendInt(json.AppendKey(b, "top1"), int64(m.Top1))
		b = json.AppendInt(json.AppendKey(b, "top64"), int64(m.Top64))
		b = json.AppendInt(json.AppendKey(b, "worst_rank"), int64(m.WorstRank))
		b = json.AppendFloat(json.AppendKey(b, "rows"), m.Rows)
		b = json.AppendInt(json.AppendKey(b, "most_rows"), int64(m.MostRows))
		b = json.AppendInt(json.AppendKey(b, "vocabulary"), int64(l.Config.Vocab))
		b = json.AppendInt(json.AppendKey(b, "context"), int64(m.Context))
		b = json.AppendFloat(json.AppendKey(b, "seconds"), took)
		fmt.Fprintf(a.out, "%s}\n", b)
		return nil
	}
	fmt.Fprintf(a.out, "%d positions · the largest logit agrees at %d, the 64 largest at %d · in 4 bits alone it is at worst number %d · rows computed exactly for 64: %.0f in the mean, %d at most, of %d · chunks of %d · %.1f s\n",
		m.Positions, m.Top1, m.Top64, m.WorstRank, m.Rows, m.MostRows, l.Config.Vocab, m.Context, took)
	return nil
}

func appendPerplexity(b []byte, m *eval.Result, l *loaded, seconds float64) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "protocol"), string(m.Protocol))
	b = json.AppendFloat(json.AppendKey(b, "perplexity"), m.Perplexity)
	b = json.AppendFloat(json.AppendKey(b, "stderr"), m.StdErr)
	b = json.AppendInt(json.AppendKey(b, "chunks"), int64(m.Chunks))
	b = json.AppendInt(json.AppendKey(b, "targets"), int64(m.Targets))
	b = json.AppendInt(json.AppendKey(b, "context"), int64(m.Context))
	b = json.AppendBool(json.AppendKey(b, "bos"), m.BOS)
	b = json.AppendString(json.AppendKey(b, "head"), string(l.Head))
	b = json.AppendString(json.AppendKey(b, "kv"), string(l.KV))
	b = json.AppendFloat(json.AppendKey(b, "seconds"), seconds)
	return append(b, '}')
}
