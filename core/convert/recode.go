// The fast ways of a panel: codes from the source, codes into the target, two bits a trit all the way. Equal to the
// straight way (ReadRows, then Pack) in every byte; a test holds them together.

package convert

import "github.com/tritkit/tritkit/core/dtype"

// quarters fills the four panels that share their source's bytes in one pass over them, where there is such a way, and
// reports whether it did.
func (j *panels) quarters(four *[4]*panel, f *dtype.Format) (bool, error) {
	if j.o.p.straight || j.s.form != packed || f.FromHF == nil {
		return false, nil
	}
	var rows [4][]byte
	for i, p := range four {
		rows[i] = p.out
	}
	ok, err := j.m.ReadQuarters(&rows, four[0].first, four[0].rows, f.FromHF)
	if ok && j.s.Counts != nil {
		for _, p := range four {
			p.counts = dtype.CountCodes(p.out)
		}
	}
	return ok, err
}

// recode fills the panel where both ends have such a way, and reports whether it did.
func (j *panels) recode(p *panel, f *dtype.Format) (bool, error) {
	if j.o.p.straight || j.o.p.opts.Prune > 0 || j.m.Group > 0 || j.m.Cols%dtype.CodesPerBlock != 0 {
		return false, nil
	}
	if !(j.s.form == packed && f.FromCodes != nil) && j.s.form != hfPacked {
		return false, nil
	}
	n := p.rows * j.m.Cols / 4
	if j.s.form == hfPacked {
		n *= 4
	}
	b := getBytes(n)
	defer putBytes(b)
	codes := *b
	if ok, err := j.codes(codes, p); !ok || err != nil {
		return false, err
	}
	if j.s.Counts != nil {
		p.counts = dtype.CountCodes(codes)
	}
	if j.s.form == hfPacked {
		dtype.HFOfCodes(p.out, codes[:n/4], codes[n/4:n/2], codes[n/2:3*n/4], codes[3*n/4:])
		return true, nil
	}
	return true, f.FromCodes(p.out, codes, j.m.Scale[0])
}

// codes reads the rows of the panel; of the packed Hugging Face form, the four stretches of rows that share its bytes.
func (j *panels) codes(dst []byte, p *panel) (bool, error) {
	if j.s.form != hfPacked {
		return j.m.ReadCodes(dst, p.first, p.rows)
	}
	q, n := j.m.Rows/4, p.rows*j.m.Cols/4
	for i := range 4 {
		if ok, err := j.m.ReadCodes(dst[i*n:(i+1)*n], i*q+p.first, p.rows); !ok || err != nil {
			return ok, err
		}
	}
	return true, nil
}
