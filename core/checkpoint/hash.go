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

// TensorHash returns the digest of one ternary weight in GGUF row order: H over the name, a zero byte, rows and cols as
// u64 little endian, then the codes trit + 1, four to a byte, the first in the low bits, row-major. visit, when not
// nil, sees every panel of trits.
//
// m must come from a Reader without HFOrder. The codes are made in parallel where the reader has threads.
func (m *Matrix) TensorHash(ctx context.Context, h hash.Hash, visit func(t []int8)) ([]byte, error) {
	h.Write([]byte(m.Weight.Name))
	shape := binary.LittleEndian.AppendUint64([]byte{0}, uint64(m.Rows))
	h.Write(binary.LittleEndian.AppendUint64(shape, uint64(m.Cols)))
	rows := max(m.Unit(), (4*piece)/m.Cols/m.Unit()*m.Unit())
	part := ternary.Matrix{Cols: m.Cols}
	var codes []byte
	for a := 0; a < m.Rows; a += rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part.Rows = min(rows, m.Rows-a)
		if err := m.ReadRows(&part, a); err != nil {
			return nil, err
		}
		if visit != nil {
			visit(part.Trits)
		}
		codes = dtype.AppendCanonical(codes[:0], part.Trits)
		h.Write(codes)
	}
	return h.Sum(nil), nil
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
