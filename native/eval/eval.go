// Package eval measures models on text: perplexity under two protocols that published numbers use.
package eval

import (
	"context"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/native/infer"
)

// Protocol says how a text is cut and what is predicted.
type Protocol string

const (
	// Llama is llama-perplexity's: disjoint chunks of the whole text, of which the second half is predicted.
	// Source: llama.cpp examples/perplexity/perplexity.cpp, as in microsoft/BitNet 01eb415.
	Llama Protocol = "llama"
	// RPT is cesarfavero/RPT's (e27fb7b): lines of 20 characters or more, joined; the first 50 chunks of 128 tokens.
	RPT Protocol = "rpt"
)

// Options say what is measured.
type Options struct {
	Protocol Protocol // "": Llama
	Context  int      // tokens of a chunk; 0: 512, or 128 for RPT
	Chunks   int      // the first so many alone; 0: all
	BOS      int      // the id that replaces the first token of a chunk under Llama, where the model adds one; -1: none
	Second   bool     // measure the model's second head, too (infer.Options.Second)
	Progress func(done, total int64)
}

// Result is a perplexity with its uncertainty.
type Result struct {
	Protocol   Protocol
	Perplexity float64
	StdErr     float64 // one standard error, by the deviation of the targets' nll
	Chunks     int
	Targets    int
	Context    int
	BOS        bool
	NLL        []float64 // of each target, in nats: for paired comparison
	Second     *Result   // of the second head on the same hidden rows; nil where it was not asked for
}

// Perplexity measures the text on s, whose tokens are forgotten before each chunk.
//
// A text that is too short for the protocol is a fault of class Usage.
func Perplexity(ctx context.Context, s *infer.Session, e *tokenizer.Encoder, text string, o Options) (Result, error) {
	chunks, first, r, err := cut(e, text, o)
	if err != nil {
		return r, err
	}
	if o.Second {
		second := r
		r.Second = &second
	}
	for i, chunk := range chunks {
		s.Truncate(0)
		if err := r.chunk(ctx, s, chunk, first); err != nil {
			return r, err
		}
		if o.Progress != nil {
			o.Progress(int64(i+1), int64(len(chunks)))
		}
	}
	r.settle()
	if r.Second != nil {
		r.Second.settle()
	}
	return r, nil
}

// chunk measures the targets of one chunk.
func (r *Result) chunk(ctx context.Context, s *infer.Session, chunk []tokenizer.Token, first int) error {
	targets := func(i int) bool { return i >= first && i+1 < len(chunk) }
	if r.Second == nil {
		return s.Each(ctx, chunk, targets, func(i int, logits []float32) error {
			r.NLL = append(r.NLL, nll(logits, chunk[i+1]))
			return nil
		})
	}
	return s.EachWith(ctx, chunk, targets, func(i int, logits, second []float32) error {
		r.NLL = append(r.NLL, nll(logits, chunk[i+1]))
		r.Second.NLL = append(r.Second.NLL, nll(second, chunk[i+1]))
		return nil
	})
}

// cut returns the chunks of a text and the first position of a chunk whose successor is predicted.
func cut(e *tokenizer.Encoder, text string, o Options) (chunks [][]tokenizer.Token, first int, r Result, err error) {
	if o.Chunks < 0 {
		return nil, 0, r, fault.New("eval", fault.Usage, "a negative number of chunks")
	}
	defer func() {
		if o.Chunks > 0 && o.Chunks < len(chunks) {
			chunks = chunks[:o.Chunks]
		}
	}()
	r = Result{Protocol: o.Protocol, Context: o.Context}
	switch o.Protocol {
	case Llama, "":
		r.Protocol = Llama
		if r.Context == 0 {
			r.Context = 512
		}
		chunks, err = r.halves(e, text, o.BOS)
		return chunks, r.Context / 2, r, err
	case RPT:
		if r.Context == 0 {
			r.Context = 128
		}
		chunks, err = r.lines(e, text)
		return chunks, 0, r, err
	}
	return nil, 0, r, fault.New("eval", fault.Usage, "no protocol ", fault.Quote(string(o.Protocol)), "; there are llama and rpt")
}

func (r *Result) halves(e *tokenizer.Encoder, text string, bos int) (chunks [][]tokenizer.Token, err error) {
	ids, err := e.Encode(nil, text, tokenizer.EncodeOptions{NoEOS: true})
	if err != nil {
		return nil, err
	}
	n := r.Context
	if n < 4 || len(ids) < 2*n {
		return nil, fault.New("eval", fault.Usage, "a text of ", strconv.Itoa(len(ids)), " tokens; the protocol needs two chunks of ", strconv.Itoa(n)).
			Try("take a longer text, or shorter chunks (-c)")
	}
	r.BOS = bos >= 0
	for at := 0; at+n <= len(ids); at += n {
		chunk := append([]tokenizer.Token(nil), ids[at:at+n]...)
		if r.BOS {
			chunk[0] = tokenizer.Token(bos)
		}
		chunks = append(chunks, chunk)
	}
	return chunks, nil
}

func (r *Result) lines(e *tokenizer.Encoder, text string) (chunks [][]tokenizer.Token, err error) {
	const shortest, most = 20, 50
	var ids []tokenizer.Token
	for line := range strings.Lines(text) {
		line = strings.TrimFunc(line, unicode.IsSpace)
		if utf8.RuneCountInString(line) < shortest {
			continue
		}
		if ids, err = e.Encode(ids, line, tokenizer.EncodeOptions{NoBOS: true, NoEOS: true}); err != nil {
			return nil, err
		}
		if len(ids) > (most+1)*r.Context {
			break // what follows is never looked at
		}
	}
	n := r.Context
	for at := 0; at < len(ids)-n && len(chunks) < most; at += n {
		chunks = append(chunks, ids[at:at+n])
	}
	if len(chunks) == 0 || n < 2 {
		return nil, fault.New("eval", fault.Usage, "a text of ", strconv.Itoa(len(ids)), " tokens in lines of 20 characters or more; the protocol needs more than ", strconv.Itoa(n))
	}
	return chunks, nil
}

// nll is the negative log-likelihood of a token, in nats.
func nll(logits []float32, t tokenizer.Token) float64 {
	most := logits[0]
	for _, x := range logits {
		most = max(most, x)
	}
	sum := 0.0
	for _, x := range logits {
		sum += math.Exp(float64(x - most))
	}
	return math.Log(sum) - float64(logits[t]-most)
}

func (r *Result) settle() {
	var sum, squares float64
	for _, x := range r.NLL {
		sum += x
		squares += x * x
	}
	r.Targets = len(r.NLL)
	n := float64(r.Targets)
	mean := sum / n
	r.Perplexity = math.Exp(mean)
	if variance := squares/n - mean*mean; n > 1 && variance > 0 {
		r.StdErr = r.Perplexity * math.Sqrt(variance/(n-1))
	}
	r.Chunks = r.Targets / r.perChunk()
}

// perChunk is how many targets a chunk has.
func (r *Result) perChunk() int {
	if r.Protocol == RPT {
		return r.Context - 1
	}
	return r.Context - r.Context/2 - 1
}

// Paired is the difference of two models on the same targets.
type Paired struct {
	Ratio     float64 // perplexity of b over that of a
	Low, High float64 // its 95 % interval
}

// Compare compares b with a target by target: most of the uncertainty of a text is common to both.
func Compare(a, b *Result) (Paired, error) {
	if len(a.NLL) != len(b.NLL) || len(a.NLL) < 2 {
		return Paired{}, fault.New("eval", fault.Usage, "the two models cut the text differently: ", strconv.Itoa(len(a.NLL)), " and ", strconv.Itoa(len(b.NLL)), " targets")
	}
	var sum, squares float64
	for i := range a.NLL {
		d := b.NLL[i] - a.NLL[i]
		sum += d
		squares += d * d
	}
	n := float64(len(a.NLL))
	mean := sum / n
	half := 1.96 * math.Sqrt(max(squares/n-mean*mean, 0)/(n-1))
	return Paired{math.Exp(mean), math.Exp(mean - half), math.Exp(mean + half)}, nil
}
