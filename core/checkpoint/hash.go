package checkpoint

// The trit hash: what a model's ternary weights are, whatever packs them.

import (
	"context"
	"encoding/binary"
	"hash"
	"sort"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/ternary"
)

// TensorHash returns the digest of one ternary weight in GGUF row order, and counts its trits: H over the name, a zero
// byte, rows and cols as u64 little endian, then the codes trit + 1, four to a byte, the first in the low bits,
// row-major.
//
// m must come from a Reader without HFOrder.
func (m *Matrix) TensorHash(ctx context.Context, h hash.Hash) ([]byte, ternary.Counts, error) {
	h.Write([]byte(m.Weight.Name))
	shape := binary.LittleEndian.AppendUint64([]byte{0}, uint64(m.Rows))
	h.Write(binary.LittleEndian.AppendUint64(shape, uint64(m.Cols)))
	var p hashPanel
	rows := max(m.Unit(), hashedTrits/m.Cols/m.Unit()*m.Unit())
	var counts ternary.Counts
	for a := 0; a < m.Rows; a += rows {
		if err := ctx.Err(); err != nil {
			return nil, counts, err
		}
		c, err := p.read(m, a, min(rows, m.Rows-a))
		if err != nil {
			return nil, counts, err
		}
		h.Write(p.canonical)
		counts = counts.Add(c)
	}
	return h.Sum(nil), counts, nil
}

// hashedTrits is about how many trits are hashed at once: their codes stay in the caches.
const hashedTrits = 1 << 19

// hashPanel is the memory of a few rows.
type hashPanel struct {
	codes, canonical []byte
	trits            ternary.Matrix
}

// read makes the canonical codes of rows, by the fast way where there is one.
func (p *hashPanel) read(m *Matrix, first, rows int) (ternary.Counts, error) {
	n := rows * m.Cols / 4
	if cap(p.codes) < n {
		p.codes = make([]byte, n)
	}
	p.codes = p.codes[:n]
	ok, err := m.ReadCodes(p.codes, first, rows)
	if err != nil {
		return ternary.Counts{}, err
	}
	if ok {
		p.canonical = dtype.AppendCanonicalCodes(p.canonical[:0], p.codes)
		return dtype.CountCodes(p.codes), nil
	}
	p.trits.Rows, p.trits.Cols = rows, m.Cols
	if err := m.ReadRows(&p.trits, first); err != nil {
		return ternary.Counts{}, err
	}
	p.canonical = dtype.AppendCanonical(p.canonical[:0], p.trits.Trits)
	return ternary.Count(p.trits.Trits), nil
}

// TritHash combines the digests of TensorHash by GGUF name: H over them, sorted by name.
func TritHash(digests map[string][]byte, h hash.Hash) []byte {
	names := make([]string, 0, len(digests))
	for name := range digests {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		h.Write(digests[name])
	}
	return h.Sum(nil)
}
