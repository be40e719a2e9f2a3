// Package sample chooses the next token from logits: penalties, then top-k, top-p, min-p, temperature, and a draw.
//
// The same seed gives the same tokens wherever the logits are the same, because its exponentials are the kernels' own.
package sample

import (
	"math/rand/v2"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/tokenizer"
	"github.com/tritkit/tritkit/native/kernel"
)

// Options say how tokens are chosen. The zero value is greedy.
//
// The order of the steps is that of llama.cpp (common/common.h and common/sampling.cpp).
type Options struct {
	Temp      float32 // 0: the likeliest token, the lowest id among equals
	TopK      int     // keep so many; 0: all
	TopP      float32 // keep the likeliest whose probabilities reach it; 0 or 1: all
	MinP      float32 // drop what is less likely than this share of the likeliest
	Repeat    float32 // divide (multiply, below 0) the logits of recent tokens by this; 0 or 1: not
	Frequency float32 // subtract this for each time a token is among the recent ones
	Presence  float32 // subtract this once
	Last      int     // how many tokens are recent; 0: 64
	Seed      uint64
}

// Sampler chooses tokens of one text. It is for one goroutine.
type Sampler struct {
	opts   Options
	rng    *rand.Rand
	recent []tokenizer.Token
	count  map[tokenizer.Token]int
	list   []candidate
	copied []float32
}

type candidate struct {
	id    tokenizer.Token
	logit float32
	p     float32
}

// New returns a sampler. Options that contradict their meaning are a fault of class Usage.
func New(o Options) (*Sampler, error) {
	bad := func(what string) (*Sampler, error) { return nil, fault.New("sample", fault.Usage, what) }
	switch {
	case !(o.Temp >= 0 && o.Temp <= 100):
		return bad("a temperature is between 0 and 100")
	case o.TopK < 0:
		return bad("top-k is a number of tokens, or 0 for all")
	case !(o.TopP >= 0 && o.TopP <= 1):
		return bad("top-p is between 0 and 1")
	case !(o.MinP >= 0 && o.MinP <= 1):
		return bad("min-p is between 0 and 1")
	case !(o.Repeat >= 0 && o.Repeat <= 100) || o.Frequency-o.Frequency != 0 || o.Presence-o.Presence != 0 || o.Last < 0:
		return bad("a penalty is out of range")
	}
	o.Last = o.last()
	return &Sampler{opts: o, rng: rand.New(rand.NewPCG(o.Seed, 0x7472697473)), count: map[tokenizer.Token]int{}}, nil
}

// Depth returns how many of the largest logits decide: the token is the same when all smaller ones are -Inf. 0: all of
// them decide. Penalties that only lower make room for as many more as there are recent tokens.
func (o Options) Depth() int {
	n := o.TopK
	if o.Temp == 0 {
		n = 1
	}
	if n == 0 || !o.penalises() {
		return n
	}
	if o.Repeat > 0 && o.Repeat < 1 || o.Frequency < 0 || o.Presence < 0 {
		return 0
	}
	return n + o.last()
}

// last is how many tokens are recent.
func (o Options) last() int {
	if o.Last == 0 {
		return 64
	}
	return o.Last
}

func (o Options) penalises() bool {
	return o.Frequency != 0 || o.Presence != 0 || o.Repeat != 0 && o.Repeat != 1
}

// Accept makes a token of the prompt or of the answer one of the recent ones.
func (s *Sampler) Accept(t tokenizer.Token) {
	if !s.opts.penalises() {
		return
	}
	s.recent = append(s.recent, t)
	s.count[t]++
	if len(s.recent) > s.opts.Last {
		old := s.recent[0]
		s.recent = s.recent[1:]
		if s.count[old]--; s.count[old] == 0 {
			delete(s.count, old)
		}
	}
}

// Next chooses a token; logits are not changed.
func (s *Sampler) Next(logits []float32) tokenizer.Token {
	logits = s.penalise(logits)
	if s.opts.Temp == 0 {
		return greedy(logits)
	}
	s.narrow(logits)
	return s.draw()
}

func greedy(logits []float32) tokenizer.Token {
	at := 0
	for i, x := range logits {
		if x > logits[at] {
			at = i
		}
	}
	return tokenizer.Token(at)
}

func (s *Sampler) penalise(logits []float32) []float32 {
	if len(s.count) == 0 {
		return logits
	}
	s.copied = append(s.copied[:0], logits...)
	for id, n := range s.count {
		if int(id) >= len(s.copied) {
			continue
		}
		x := s.copied[id]
		if r := s.opts.Repeat; r > 0 {
			if x > 0 {
				x /= r
			} else {
				x *= r
			}
		}
		s.copied[id] = x - float32(float32(n)*s.opts.Frequency) - s.opts.Presence
	}
	return s.copied
}

// narrow leaves in s.list the candidates that top-k, top-p and min-p keep, likeliest first.
func (s *Sampler) narrow(logits []float32) {
	k := s.opts.TopK
	if k == 0 || k > len(logits) {
		k = len(logits)
	}
	whole := s.opts.TopP == 0 || s.opts.TopP == 1
	first := k
	if k > 256 && (!whole || s.opts.MinP > 0) {
		first = 256 // enough nearly always; more where it is not
	}
	for {
		s.top(logits, first)
		if n := s.cut(logits, k, whole); n < len(s.list) || first == k {
			s.list = s.list[:n]
			return
		}
		first = min(4*first, k)
	}
}

// cut returns how many of the list top-p and min-p keep; the whole list where they do not decide within it.
func (s *Sampler) cut(logits []float32, k int, whole bool) int {
	most, total := s.list[0].logit, float32(0)
	if len(s.list) == k && k < len(logits) || len(s.list) == len(logits) {
		for i := range s.list {
			total += kernel.Exp(s.list[i].logit - most)
		}
	} else {
		for _, x := range logits {
			total += kernel.Exp(x - most)
		}
	}
	n, sum := len(s.list), float32(0)
	for i := range s.list {
		c := &s.list[i]
		c.p = kernel.Exp(c.logit-most) / total
		if sum += c.p; !whole && sum >= s.opts.TopP {
			n = i + 1
			break
		}
	}
	if s.opts.MinP > 0 {
		for i := range n {
			if kernel.Exp(s.list[i].logit-most) < s.opts.MinP {
				return max(i, 1)
			}
		}
	}
	return n
}

// draw takes one of the list by its probability at the temperature.
func (s *Sampler) draw() tokenizer.Token {
	total, most := float32(0), s.list[0].logit
	for i := range s.list {
		s.list[i].p = kernel.Exp(float32(s.list[i].logit-most) / s.opts.Temp)
		total += s.list[i].p
	}
	at := s.rng.Float32() * total
	for _, c := range s.list {
		if at -= c.p; at < 0 {
			return c.id
		}
	}
	return s.list[len(s.list)-1].id
}

// top fills s.list with the n largest logits, largest first, the lower id first among equals: a heap of n.
func (s *Sampler) top(logits []float32, n int) {
	h := s.list[:0]
	for i, x := range logits {
		c := candidate{id: tokenizer.Token(i), logit: x}
		if len(h) < n {
			h = append(h, c)
			for j := len(h) - 1; j > 0 && less(h[j], h[(j-1)/2]); j = (j - 1) / 2 {
				h[j], h[(j-1)/2] = h[(j-1)/2], h[j]
			}
		} else if less(h[0], c) {
			h[0] = c
			sink(h, 0)
		}
	}
	for end := len(h) - 1; end > 0; end-- {
		h[0], h[end] = h[end], h[0]
		sink(h[:end], 0)
	}
	s.list = h
}

// less orders candidates from the least likely on; of equals the higher id is less.
func less(a, b candidate) bool { return a.logit < b.logit || a.logit == b.logit && a.id > b.id }

func sink(h []candidate, i int) {
	for {
		j := 2*i + 1
		if j >= len(h) {
			return
		}
		if j+1 < len(h) && less(h[j+1], h[j]) {
			j++
		}
		if !less(h[j], h[i]) {
			return
		}
		h[i], h[j] = h[j], h[i]
		i = j
	}
}
