// The fast way to a weight's rows: as codes, two bits a trit, where the source allows it. Equal to ReadRows in every
// trit; whatever is wrong is left to ReadRows, which says what and where.

package checkpoint

import (
	"github.com/tritkit/tritkit/core/dtype"
)

// ReadCodes fills dst with the codes of rows rows from row first on, Cols/4 bytes each, in the order of dtype's codes
// and of ReadRows' rows; first and rows are as there. It reports false where there is no such way, or something is
// wrong: then ReadRows answers. Safe for concurrent use.
func (m *Matrix) ReadCodes(dst []byte, first, rows int) (bool, error) {
	if m.Cols%dtype.CodesPerBlock != 0 {
		return false, nil
	}
	read := m.codeReader()
	if read == nil {
		return false, nil
	}
	s := m.r.scratch.Get().(*scratch)
	defer m.r.scratch.Put(s)
	if !m.permuted() {
		ok, err := read(s, dst, first, rows)
		return ok, m.wrap(err)
	}
	hd, size := m.Unit(), m.Cols/4
	for i := range rows {
		r := first + i
		if ok, err := read(s, dst[i*size:(i+1)*size], r/hd*hd+m.permutedRow(r%hd, hd), 1); !ok || err != nil {
			return ok, m.wrap(err)
		}
	}
	return true, nil
}

// codeReader returns what reads rows of this source in their own order, or nil.
func (m *Matrix) codeReader() func(s *scratch, dst []byte, first, rows int) (bool, error) {
	switch {
	case m.Weight.Source == Packed:
		return m.codesOfHF
	case m.Weight.Source == Ternary && m.format.ToCodes != nil:
		if m.format.Type == dtype.I2_S && (m.r.c.layout != dtype.X86 || m.Scale[0] == 0) {
			return nil // the scale 0 allows no trit but 0: ReadRows looks
		}
		return m.codesOfBlocks
	case (m.Weight.Source == Online || m.Weight.Source == Floats) && m.format.Type == dtype.BF16:
		return m.codesOfFloats
	}
	return nil
}

func (m *Matrix) codesOfBlocks(s *scratch, dst []byte, first, rows int) (bool, error) {
	src, err := m.bytes(s, first, rows)
	return err == nil && m.format.ToCodes(dst, src), err
}

func (m *Matrix) codesOfFloats(s *scratch, dst []byte, first, rows int) (bool, error) {
	src, err := m.bytes(s, first, rows)
	if err == nil {
		dtype.CodesOfBF16(dst, src, m.Threshold)
	}
	return err == nil, err
}

// codesOfHF reads rows of the packed form: rows of the same quarter lie together.
func (m *Matrix) codesOfHF(s *scratch, dst []byte, first, rows int) (bool, error) {
	quarter, size := m.Rows/4, m.Cols/4
	for rows > 0 {
		n := min(rows, quarter-first%quarter)
		src, err := m.bytes(s, first%quarter, n)
		if err != nil {
			return false, err
		}
		if !dtype.CodesOfHF(dst[:n*size], src, first/quarter) {
			return false, nil
		}
		dst, first, rows = dst[n*size:], first+n, rows-n
	}
	return true, nil
}

// ReadQuarters fills rows[i] with the n rows from row first on of each quarter i of a weight in Hugging Face's packed form,
// as read makes them of the bytes that the four quarters share; read says whether all codes are trits. ReadQuarters
// reports false where that is not so, or the weight is in another form or order: then ReadRows answers. Safe for
// concurrent use.
func (m *Matrix) ReadQuarters(rows *[4][]byte, first, n int, read func(rows *[4][]byte, src []byte) bool) (bool, error) {
	if m.Weight.Source != Packed || m.permuted() || m.Cols%dtype.CodesPerBlock != 0 {
		return false, nil
	}
	s := m.r.scratch.Get().(*scratch)
	defer m.r.scratch.Put(s)
	src, err := m.bytes(s, first, n)
	return err == nil && read(rows, src), m.wrap(err)
}
