// Package generate turns a prompt into text, token by token: it samples, decodes whole characters, stops at the ends
// that the model or the caller names, and can be cancelled.
package generate

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/native/infer"
	"github.com/tritkit/tritkit/native/sample"
)

// Reason says why a text ended.
type Reason string

const (
	EOS     Reason = "eos"     // the model ended it
	Stop    Reason = "stop"    // a stop string turned up; it is not part of the text
	Length  Reason = "length"  // as many tokens as were asked for
	Context Reason = "context" // the session is full

	Interrupted Reason = "interrupted" // the caller's context ended it
)

// Options say when a text ends.
type Options struct {
	Max  int               // tokens; 0: until the context is full
	Stop []string          // texts that end it
	Ends []tokenizer.Token // tokens that end it
	Emit func(text string) // gets the text as it comes, in whole characters; nil: nobody
}

// Result is a generated text.
type Result struct {
	Text   string
	Tokens []tokenizer.Token // without the one that ended it
	Reason Reason
	Prompt int           // tokens that had to be computed before the first one
	First  time.Duration // until they were
	Rest   time.Duration // for the others
}

// Run appends prompt to s and generates. The prompt is not empty; what the session holds stays its beginning. After an
// error, which may be that of ctx, the result holds what there is so far.
func Run(ctx context.Context, s *infer.Session, e *tokenizer.Encoder, sampler *sample.Sampler, prompt []tokenizer.Token, o Options) (Result, error) {
	r := Result{Prompt: len(prompt)}
	for _, t := range prompt {
		sampler.Accept(t)
	}
	start := time.Now()
	logits, err := s.Forward(ctx, prompt)
	r.First = time.Since(start)
	if err != nil {
		r.Reason = ended(ctx)
		return r, err
	}
	start = time.Now()
	w := writer{d: e.NewDecoder(tokenizer.DecodeOptions{Continued: true}), stop: o.Stop, emit: o.Emit}
	for {
		if o.Max > 0 && len(r.Tokens) == o.Max {
			r.Reason = Length
			break
		}
		t := sampler.Next(logits)
		if slices.Contains(o.Ends, t) {
			r.Reason = EOS
			break
		}
		sampler.Accept(t)
		r.Tokens = append(r.Tokens, t)
		if w.write(w.d.Next(t)) {
			r.Reason = Stop
			break
		}
		if s.Len() == s.Limit() {
			r.Reason = Context
			break
		}
		if logits, err = s.Forward(ctx, []tokenizer.Token{t}); err != nil {
			r.Reason = ended(ctx)
			break
		}
	}
	r.Rest = time.Since(start)
	if r.Reason != Stop {
		w.end()
	}
	r.Text = w.all.String()
	return r, err
}

// ended is why a text ends with an error.
func ended(ctx context.Context) Reason {
	if ctx.Err() != nil {
		return Interrupted
	}
	return ""
}

// writer passes text on, and holds back what may be the beginning of a stop string.
type writer struct {
	d    *tokenizer.Decoder
	stop []string
	emit func(string)
	held string
	all  strings.Builder
}

// write takes more text and reports whether a stop string has come; what was before it has been passed on then.
func (w *writer) write(text string) (stopped bool) {
	w.held += text
	at := -1
	for _, s := range w.stop {
		if i := strings.Index(w.held, s); s != "" && i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	if at >= 0 {
		w.pass(at)
		return true
	}
	w.pass(len(w.held) - w.begun())
	return false
}

// begun returns how many bytes at the end of held may be the beginning of a stop string.
func (w *writer) begun() (most int) {
	for _, s := range w.stop {
		for n := min(len(s)-1, len(w.held)); n > most; n-- {
			if strings.HasSuffix(w.held, s[:n]) {
				most = n
			}
		}
	}
	return most
}

func (w *writer) pass(n int) {
	if n == 0 {
		return
	}
	w.all.WriteString(w.held[:n])
	if w.emit != nil {
		w.emit(w.held[:n])
	}
	w.held = w.held[n:]
}

// end passes on what was held back: no stop string came of it.
func (w *writer) end() {
	w.held += w.d.Flush()
	w.pass(len(w.held))
}
