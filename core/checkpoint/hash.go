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
	m.HashHead(h)
	var p Canonical
	rows := m.Panel()
	var counts ternary.Counts
	for a := 0; a < m.Rows; a += rows {
		if err := ctx.Err(); err != nil {
			return nil, counts, err
		}
		c, err := p.Read(m, a, min(rows, m.Rows-a))
		if err != nil {
			return nil, counts, err
		}
		h.Write(p.Codes)
		counts = counts.Add(c)
	}
	return h.Sum(nil), counts, nil
}

// HashHead writes what stands before the codes in a tensor's digest.
func (m *Matrix) HashHead(h hash.Hash) {
	h.Write([]byte(m.Weight.Name))
	shape := binary.LittleEndian.AppendUint64([]byte{0}, uint64(m.Rows))
	h.Write(binary.LittleEndian.AppendUint64(shape, uint64(m.Cols)))
}

// Panel returns how many rows are well read at once: about half a million trits, whose codes stay in the caches.
func (m *Matrix) Panel() int {
	const trits = 1 << 19
	return max(m.Unit(), trits/m.Cols/m.Unit()*m.Unit())
}

// Canonical holds a few rows as the trit hash has them. The zero value is ready; its memory is reused.
type Canonical struct {
	Codes []byte // four to a byte, the first in the low bits, row-major, the last byte filled up with zero bits
	raw   []byte
	trits ternary.Matrix
}

// Read reads rows by the fast way where there is one, and counts their trits. The limits are those of ReadRows.
func (p *Canonical) Read(m *Matrix, first, rows int) (ternary.Counts, error) {
	n := rows * m.Cols / 4
	if cap(p.raw) < n {
		p.raw = make([]byte, n)
	}
	p.raw = p.raw[:n]
	ok, err := m.ReadCodes(p.raw, first, rows)
	if err != nil {
		return ternary.Counts{}, err
	}
	if ok {
		p.Codes = dtype.AppendCanonicalCodes(p.Codes[:0], p.raw)
		return dtype.CountCodes(p.raw), nil
	}
	p.trits.Rows, p.trits.Cols = rows, m.Cols
	if err := m.ReadRows(&p.trits, first); err != nil {
		return ternary.Counts{}, err
	}
	p.Codes = dtype.AppendCanonical(p.Codes[:0], p.trits.Trits)
	return ternary.Count(p.trits.Trits), nil
}

// TritHash combines the digests of TensorHash by GGUF name: H over them, sorted by name, in hexadecimal.
func TritHash(digests map[string][]byte, h hash.Hash) string {
	names := make([]string, 0, len(digests))
	for name := range digests {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return names[i] < names[j] })
	for _, name := range names {
		h.Write(digests[name])
	}
	return hexadecimal(h.Sum(nil))
}

// hexadecimal is encoding/hex.EncodeToString, whose package brings fmt with it: a seventh of the WebAssembly module.
func hexadecimal(b []byte) string {
	const digits = "0123456789abcdef"
	s := make([]byte, 0, 2*len(b))
	for _, x := range b {
		s = append(s, digits[x>>4], digits[x&15])
	}
	return string(s)
}
