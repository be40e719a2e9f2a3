package infer

// Sessions: a sequence of tokens and its KV cache.

import (
	"context"
	"slices"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/native/files"
)

// Batch is how many tokens go through the model together.
const Batch = 240

// Session is one sequence. It is for one goroutine at a time.
type Session struct {
	m      *Model
	limit  int
	tokens []tokenizer.Token
	cache  *cache
	out    []float32 // logits, for as many rows as the head computes together
	hidden []float32 // what the logits that Each passes on were computed from
	top    int       // how many of the largest logits are needed
}

// NewSession returns an empty session of at most n tokens; 0 is the model's own context.
func (m *Model) NewSession(n int) (*Session, error) {
	c := m.Config
	if n == 0 {
		n = c.Context
	}
	if n < 1 || n > c.Context {
		return nil, fault.New("infer", fault.Usage, "a context of ", strconv.Itoa(n), "; the model has ", strconv.Itoa(c.Context)).Try("choose 1 to ", strconv.Itoa(c.Context))
	}
	return &Session{m: m, limit: n, cache: newCache(m.KV, c.Layers, c.KVHeads, c.HeadDim), out: make([]float32, m.head.rows), top: defaultTop}, nil
}

// Len returns how many tokens the session holds, Limit how many it may.
func (s *Session) Len() int { return len(s.tokens) }

// Limit returns the most tokens that the session may hold.
func (s *Session) Limit() int { return s.limit }

// CacheBytes returns the memory of the KV cache.
func (s *Session) CacheBytes() int64 { return s.cache.size() }

// Truncate forgets all tokens from position n on.
func (s *Session) Truncate(n int) { s.tokens = s.tokens[:min(max(n, 0), len(s.tokens))] }

// Prefix returns how many of the session's first tokens tokens begins with: after Truncate to it, the rest is to be
// computed. It leaves at least one token of a longer text to compute, so that there are logits.
func (s *Session) Prefix(tokens []tokenizer.Token) int {
	n := 0
	for n < len(tokens)-1 && n < len(s.tokens) && tokens[n] == s.tokens[n] {
		n++
	}
	return n
}

// Forward appends tokens and returns the logits after the last of them, one per entry of the vocabulary. They are valid
// until the next call. After an error the session is as it was before, as far as whole batches went.
func (s *Session) Forward(ctx context.Context, tokens []tokenizer.Token) ([]float32, error) {
	last := len(tokens) - 1
	err := s.forward(ctx, tokens, func(i int) bool { return i == last }, func(int, []float32) error { return nil })
	return s.out[:s.m.head.vocab], err
}

// EachWith is Each of a model that was loaded with Options.Second: do gets the second head's logits as well.
func (s *Session) EachWith(ctx context.Context, tokens []tokenizer.Token, want func(i int) bool, do func(i int, logits, second []float32) error) error {
	h := &s.m.second
	if h.vocab == 0 {
		return fault.New("infer", fault.Usage, "the model was loaded without a second head")
	}
	out := make([]float32, h.rows)
	return s.Each(ctx, tokens, want, func(i int, logits []float32) error {
		if err := s.m.logits(h, out, s.hidden, 0); err != nil {
			return err
		}
		if err := s.m.pool.failed(); err != nil {
			return err
		}
		return do(i, logits, out[:h.vocab])
	})
}

// Each appends tokens and calls do with the logits after each that want asks for, by index in tokens. The logits are
// valid during the call.
func (s *Session) Each(ctx context.Context, tokens []tokenizer.Token, want func(i int) bool, do func(i int, logits []float32) error) error {
	return s.forward(ctx, tokens, want, do)
}

func (s *Session) forward(ctx context.Context, tokens []tokenizer.Token, want func(int) bool, do func(int, []float32) error) error {
	if len(tokens) == 0 {
		return fault.New("infer", fault.Usage, "no tokens")
	}
	if len(s.tokens)+len(tokens) > s.limit {
		return fault.New("infer", fault.Full, strconv.Itoa(len(s.tokens)), " tokens and ", strconv.Itoa(len(tokens)), " more are over the context of ", strconv.Itoa(s.limit)).
			Try("a shorter text, or a larger context (-c), at most ", strconv.Itoa(s.m.Config.Context))
	}
	for i, t := range tokens {
		if t < 0 || int(t) >= s.m.Config.Vocab {
			return fault.New("infer", fault.Usage, "token ", strconv.Itoa(int(t)), " at ", strconv.Itoa(i), "; the vocabulary has ", strconv.Itoa(s.m.Config.Vocab))
		}
	}
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return files.Guard(func() error { return s.batches(ctx, tokens, want, do) })
}

func (s *Session) batches(ctx context.Context, tokens []tokenizer.Token, want func(int) bool, do func(int, []float32) error) error {
	if s.m.inPlace { // what is missing of the last page of a file would be read as zeros
		if err := s.m.ckpt.Check(); err != nil {
			return err
		}
	}
	for at := 0; at < len(tokens); at += Batch {
		part := tokens[at:min(at+Batch, len(tokens))]
		if err := s.m.forward(ctx, s.cache, part, len(s.tokens)); err != nil {
			return err
		}
		s.tokens = append(s.tokens, part...)
		var rows []int
		for i := range part {
			if want(at + i) {
				rows = append(rows, i)
			}
		}
		for group := range slices.Chunk(rows, s.m.head.together()) {
			h := &s.m.head
			s.out = fit(s.out, len(group)*h.rows)
			if err := s.m.outputs(s.out, group, len(part), s.top); err != nil {
				return err
			}
			for j, i := range group {
				s.hidden = s.m.bufs.hidden[j*h.cols : (j+1)*h.cols]
				if err := do(at+i, s.out[j*h.rows:j*h.rows+h.vocab]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
