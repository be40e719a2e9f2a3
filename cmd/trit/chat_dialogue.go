package main

// A conversation with a model: its turns, how they are made to fit, and what has been computed of them.

import (
	"context"
	"errors"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/template"
	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/native/generate"
	"github.com/tritkit/tritkit/native/infer"
	"github.com/tritkit/tritkit/native/sample"
)

// dialogue is a conversation. It is for one goroutine.
type dialogue struct {
	l        *loaded
	t        *templating
	template *template.Template
	now      time.Time // the template's time: were it to move on, everything would have to be computed again
	session  *infer.Session
	sample   sample.Options
	generate generate.Options
	forgets  func(turns int) // is told before an answer for which turns had to go; nil: nobody is

	turns   []template.Message // the system text, where there is one; then the user and the assistant in turn
	hidden  int                // of them, after the system text: the oldest, which the model no longer sees
	answers uint64             // each has its own seed, counted from the chat's: the first one is run's
}

// answer is what the model said.
type answer struct {
	generate.Result
	seed    uint64
	context int // tokens of the conversation up to and with the answer
	dropped int // turns that the model no longer sees
}

// newDialogue returns an empty conversation. Without a chat template there is none.
func newDialogue(l *loaded, t *templating, size int, so sample.Options, g generate.Options) (*dialogue, error) {
	parsed, err := t.parse(l)
	if err != nil {
		return nil, err
	}
	if parsed == nil {
		return nil, fault.New("chat", fault.Template, "the model has no chat template").Try("trit run --raw continues a text, --chat-template FILE takes a template")
	}
	d := &dialogue{l: l, t: t, template: parsed, now: time.Now(), sample: so, generate: g}
	for _, id := range l.voc.Ends() {
		d.generate.Ends = append(d.generate.Ends, tokenizer.Token(id))
	}
	if d.session, _, err = l.start(size, so); err != nil { // each answer has a sampler of its own
		return nil, err
	}
	if err := d.setSystem(t.system); err != nil {
		return nil, err
	}
	return d, nil
}

// head is how many turns the system text is.
func (d *dialogue) head() int {
	if len(d.turns) > 0 && d.turns[0].Role == "system" {
		return 1
	}
	return 0
}

// system returns what the model is told first, "" for nothing.
func (d *dialogue) system() string {
	if d.head() == 0 {
		return ""
	}
	return d.turns[0].Content
}

// setSystem sets what the model is told first. A template that does not take it says so here.
func (d *dialogue) setSystem(text string) error {
	var turns []template.Message
	if text != "" {
		turns = append(turns, template.Message{Role: "system", Content: text})
	}
	if _, err := d.l.render(d.template, append(slices.Clip(turns), template.Message{Role: "user", Content: "?"}), d.now); err != nil {
		return d.t.withoutTemplate(err)
	}
	d.turns = append(turns, d.turns[d.head():]...)
	return nil
}

// reset forgets all turns but the system text.
func (d *dialogue) reset() { d.turns, d.hidden = d.turns[:d.head()], 0 }

// continueFrom takes over a conversation with its system text.
func (d *dialogue) continueFrom(turns []template.Message) { d.turns, d.hidden = turns, 0 }

// ask gives text to the model as the user's next turn, and emit the answer as it comes; both become turns. When ctx
// ends it, so does what was said until then, unless that is nothing. After any other error the conversation is as it
// was.
func (d *dialogue) ask(ctx context.Context, text string, emit func(string)) (answer, error) {
	turns := append(slices.Clip(d.turns), template.Message{Role: "user", Content: text})
	tokens, hidden, err := d.fit(turns)
	if err != nil {
		return answer{}, err
	}
	a := answer{seed: d.sample.Seed + d.answers, dropped: hidden - d.hidden}
	if a.dropped > 0 && d.forgets != nil {
		d.forgets(a.dropped)
	}
	so := d.sample
	so.Seed = a.seed
	sampler, err := sample.New(so)
	if err != nil {
		return a, err
	}
	have := d.session.Prefix(tokens)
	d.session.Truncate(have)
	for _, t := range tokens[:have] {
		sampler.Accept(t) // generate does so with the rest
	}
	g := d.generate
	g.Emit = emit
	a.Result, err = generate.Run(ctx, d.session, d.l.enc, sampler, tokens[have:], g)
	a.context = len(tokens) + len(a.Tokens)
	if err == nil || errors.Is(err, context.Canceled) && a.Text != "" {
		d.turns = append(turns, template.Message{Role: "assistant", Content: a.Text})
		d.hidden = hidden
		d.answers++
	}
	return a, err
}

// fit returns the tokens of the conversation, whose last turn is the user's, and how many turns after the system text
// the model does not see of it. A quarter of the context, or what an answer may have, stays free. Where it would not,
// the oldest questions go with their answers, until half of the context is free: what follows a gap has to be computed
// again, which is not to happen at every turn.
func (d *dialogue) fit(turns []template.Message) (tokens []tokenizer.Token, hidden int, err error) {
	limit := d.session.Limit()
	room := limit / 4
	if d.generate.Max > 0 {
		room = min(room, d.generate.Max)
	}
	tokens, fits, err := d.tokens(turns, d.hidden, limit-room)
	if fits || err != nil {
		return tokens, d.hidden, err
	}
	more := (len(turns) - d.head() - 1 - d.hidden) / 2 // exchanges before the last question
	var bad error
	n := 1 + sort.Search(max(more-1, 0), func(i int) bool {
		_, fits, err := d.tokens(turns, d.hidden+2*(i+1), limit/2)
		if err != nil {
			bad = err
		}
		return fits
	})
	if bad != nil {
		return nil, 0, bad
	}
	hidden = d.hidden + 2*min(n, more)
	if tokens, fits, err = d.tokens(turns, hidden, limit-1); err != nil || fits {
		return tokens, hidden, err
	}
	return nil, 0, fault.New("chat", fault.Full, "this turn alone has ", strconv.Itoa(len(tokens)), " tokens with what stands around it; the context has ", strconv.Itoa(limit)).
		Try("a shorter one, or trit chat -c, at most ", strconv.Itoa(d.l.Config.Context))
}

// tokens renders turns without the hidden ones, and reports whether they are at most limit tokens. More than a template
// renders is too much, too.
func (d *dialogue) tokens(turns []template.Message, hidden, limit int) (ids []tokenizer.Token, fits bool, err error) {
	head := d.head()
	seen := append(slices.Clip(turns[:head]), turns[head+hidden:]...)
	ids, err = d.l.render(d.template, seen, d.now)
	if errors.Is(err, fault.ErrLimit) && len(seen) > head+1 {
		return nil, false, nil
	}
	return ids, len(ids) <= limit, d.t.withoutTemplate(err)
}
