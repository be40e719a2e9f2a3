package tokenizer

// Merging: of all neighbours the pair of the lowest rank becomes one, the leftmost of equals, until none is left.

// symbol is a stretch of a piece that has become one token, or is on its way.
type symbol struct {
	start, end int32 // in the piece
	id         Token // -1: no token yet
}

// pair is what a symbol and its right neighbour make.
type pair struct {
	rank int32 // noRank: nothing
	id   Token
}

const noRank = 1<<31 - 1

// join says what two neighbours in a piece make.
type join func(piece string, a, b symbol) pair

// merger holds the memory of merging for one text.
type merger struct {
	e          *Encoder
	symbols    []symbol
	pairs      []pair // of symbol i and its right neighbour
	prev, next []int32
	heap       heap
	unknown    bool // the last token was the unknown one
}

// shortPiece is the most symbols for which looking at every pair each time is quicker than a heap.
const shortPiece = 48

// merge merges m.symbols, which cover the piece, and returns what is left of them.
func (m *merger) merge(piece string) []symbol {
	n := len(m.symbols)
	if n < 2 {
		return m.symbols
	}
	m.pairs = m.pairs[:0]
	for i := range n - 1 {
		m.pairs = append(m.pairs, m.e.join(piece, m.symbols[i], m.symbols[i+1]))
	}
	m.pairs = append(m.pairs, pair{rank: noRank})
	if n <= shortPiece {
		return m.short(piece)
	}
	return m.long(piece)
}

func (m *merger) short(piece string) []symbol {
	s, p := m.symbols, m.pairs
	for {
		best := 0
		for i := range p {
			if p[i].rank < p[best].rank {
				best = i
			}
		}
		if p[best].rank == noRank {
			return s
		}
		s[best] = symbol{s[best].start, s[best+1].end, p[best].id}
		s = append(s[:best+1], s[best+2:]...)
		p = append(p[:best], p[best+1:]...)
		if best+1 < len(s) {
			p[best] = m.e.join(piece, s[best], s[best+1])
		}
		if best > 0 {
			p[best-1] = m.e.join(piece, s[best-1], s[best])
		}
	}
}

// long does the same with a heap and a list, so that a piece of a megabyte takes a second and not a week.
//
// A pair in the heap that is no longer there is recognised by its rank: the text of a pair at one place only grows, so
// the same rank there is the same pair. (Equal scores in a SentencePiece model may share a rank; then the pair that is
// there now is as good, and was pushed as well: merging it early is merging it in its turn.)
func (m *merger) long(piece string) []symbol {
	n := len(m.symbols)
	m.prev, m.next, m.heap = m.prev[:0], m.next[:0], m.heap[:0]
	for i := range n {
		m.prev, m.next = append(m.prev, int32(i-1)), append(m.next, int32(i+1))
		if m.pairs[i].rank != noRank {
			m.heap = append(m.heap, entry(m.pairs[i].rank, int32(i)))
		}
	}
	m.heap.init()
	look := func(i int32) {
		k := m.next[i]
		if k == int32(n) {
			m.pairs[i].rank = noRank
			return
		}
		m.pairs[i] = m.e.join(piece, m.symbols[i], m.symbols[k])
		if r := m.pairs[i].rank; r != noRank {
			m.heap.push(entry(r, i))
		}
	}
	for len(m.heap) > 0 {
		top := m.heap.pop()
		rank, i := int32(top>>32), int32(uint32(top))
		if m.pairs[i].rank != rank {
			continue
		}
		k := m.next[i]
		m.symbols[i] = symbol{m.symbols[i].start, m.symbols[k].end, m.pairs[i].id}
		m.pairs[k].rank = noRank // it is part of its left neighbour now
		m.next[i] = m.next[k]
		if m.next[k] < int32(n) {
			m.prev[m.next[k]] = i
		}
		look(i)
		if m.prev[i] >= 0 {
			look(m.prev[i])
		}
	}
	left := m.symbols[:0]
	for i := int32(0); i < int32(n); i = m.next[i] {
		left = append(left, m.symbols[i]) // never ahead of i
	}
	return left
}

// heap gives the smallest entry first: rank, then place.
type heap []uint64

func entry(rank, place int32) uint64 { return uint64(uint32(rank))<<32 | uint64(uint32(place)) }

func (h heap) init() {
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
}

func (h *heap) push(x uint64) {
	*h = append(*h, x)
	s := *h
	i := len(s) - 1
	for i > 0 && s[(i-1)/2] > x {
		s[i] = s[(i-1)/2]
		i = (i - 1) / 2
	}
	s[i] = x
}

func (h *heap) pop() uint64 {
	s := *h
	top, last := s[0], len(s)-1
	s[0] = s[last]
	*h = s[:last]
	(*h).down(0)
	return top
}

func (h heap) down(i int) {
	for {
		k := 2*i + 1
		if k >= len(h) {
			return
		}
		if k+1 < len(h) && h[k+1] < h[k] {
			k++
		}
		if h[i] <= h[k] {
			return
		}
		h[i], h[k] = h[k], h[i]
		i = k
	}
}
