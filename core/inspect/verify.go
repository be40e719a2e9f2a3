package inspect

// Verifying: structure, tokenizer, and unless it must be quick every byte of the weights.

import (
	"context"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/json"
)

// Verification is the result of reading every byte.
type Verification struct {
	Bytes    int64
	TritHash string
	Findings []Finding
}

// Verify checks structure, and unless quick every code, scale and float.
func Verify(ctx context.Context, c *checkpoint.Checkpoint, quick bool, o Options) (*Verification, error) {
	v := &Verification{Bytes: c.Bytes(), Findings: Structure(c)}
	if c.Config != nil {
		vocab, err := c.Vocab()
		if err != nil {
			v.Findings = append(v.Findings, fromFault(err))
		} else {
			for _, f := range vocab.Check(c.Config.Vocab) {
				v.Findings = append(v.Findings, fromFault(f))
			}
		}
	}
	if quick {
		return v, nil
	}
	s, findings, err := Read(ctx, c, o)
	if err != nil {
		return nil, err
	}
	v.TritHash, v.Findings = s.TritHash, append(v.Findings, findings...)
	return v, nil
}

// Failed reports whether there is an error, or in strict mode a warning.
func (v *Verification) Failed(strict bool) bool {
	for _, f := range v.Findings {
		if f.Severity == Error || strict && f.Severity == Warning {
			return true
		}
	}
	return false
}

// AppendJSON appends {"ok","bytes","trit_hash","findings"}.
func (v *Verification) AppendJSON(b []byte) []byte {
	b = json.AppendBool(json.AppendKey(append(b, '{'), "ok"), !v.Failed(false))
	b = json.AppendInt(json.AppendKey(b, "bytes"), v.Bytes)
	b = json.AppendString(json.AppendKey(b, "trit_hash"), v.TritHash)
	return append(AppendFindings(json.AppendKey(b, "findings"), v.Findings), '}')
}
