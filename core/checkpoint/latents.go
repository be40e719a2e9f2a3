// The floats behind the codes, where the source has them: what pruning chooses by and what histograms are made of.

package checkpoint

// HasLatents reports whether the weight is held as floats that are snapped, not as codes.
func (w *Weight) HasLatents() bool { return w.Source == Online || w.Source == Floats }

// ReadLatents fills dst with the weights of rows rows from row first on, in the order of ReadRows; len(dst) is
// rows*Cols. The weight must have latents. Safe for concurrent use.
func (m *Matrix) ReadLatents(dst []float32, first, rows int) error {
	if !m.permuted() {
		return m.wrap(m.floats(first, first+rows, func(r int, w []float32) error {
			copy(dst[(r-first)*m.Cols:], w)
			return nil
		}))
	}
	hd := m.Unit()
	for i := range rows {
		r := first + i
		from := r/hd*hd + m.permutedRow(r%hd, hd)
		err := m.floats(from, from+1, func(_ int, w []float32) error {
			copy(dst[i*m.Cols:], w)
			return nil
		})
		if err != nil {
			return m.wrap(err)
		}
	}
	return nil
}
