// What a conversion says of itself, for machines.

package convert

import (
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/json"
)

// Result is a conversion that was carried out.
type Result struct {
	Plan      *Plan
	Output    string  // path, as the user gave it
	SHA256    string  // of the output file; of a folder, of its model.safetensors
	Seconds   float64 // in all
	Sync      float64 // seconds of them spent waiting for the disk (fsync)
	PeakBytes int64   // peak resident memory of the process; 0 where the system does not say
}

// AppendJSON appends {"plan","notes","loads","bytes"} and of a Hugging Face folder "files": what --dry-run prints, and
// after Write what the module knows of a conversion.
func (p *Plan) AppendJSON(b []byte) []byte {
	return append(p.appendFields(append(b, '{')), '}')
}

// AppendJSON appends the plan's members, then "output","sha256","seconds","sync_seconds","peak_bytes".
func (r *Result) AppendJSON(b []byte) []byte {
	b = r.Plan.appendFields(append(b, '{'))
	b = json.AppendString(json.AppendKey(b, "output"), r.Output)
	b = json.AppendString(json.AppendKey(b, "sha256"), r.SHA256)
	b = json.AppendFloat(json.AppendKey(b, "seconds"), r.Seconds)
	b = json.AppendFloat(json.AppendKey(b, "sync_seconds"), r.Sync)
	b = json.AppendInt(json.AppendKey(b, "peak_bytes"), r.PeakBytes)
	return append(b, '}')
}

func (p *Plan) appendFields(b []byte) []byte {
	b = json.AppendArray(json.AppendKey(b, "plan"), len(p.Steps), func(b []byte, i int) []byte { return p.Steps[i].AppendJSON(b) })
	b = json.AppendStrings(json.AppendKey(b, "notes"), p.Notes)
	b = json.AppendArray(json.AppendKey(b, "loads"), len(p.Loads), func(b []byte, i int) []byte { return p.Loads[i].AppendJSON(b) })
	list := p.Outputs()
	total := int64(0)
	for _, o := range list {
		total += o.Bytes
	}
	b = json.AppendInt(json.AppendKey(b, "bytes"), total)
	if p.Container == checkpoint.GGUF {
		return b
	}
	return json.AppendArray(json.AppendKey(b, "files"), len(list), func(b []byte, i int) []byte { return list[i].AppendJSON(b) })
}

// AppendJSON appends {"tensor","from","action","to","bytes"}, and after a counting Write of a ternary tensor
// "negative", "zero", "positive", "scale" and, when pruned, "flipped".
func (s *Step) AppendJSON(b []byte) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "tensor"), s.Name)
	b = json.AppendString(json.AppendKey(b, "from"), s.From)
	b = json.AppendString(json.AppendKey(b, "action"), s.Action)
	b = json.AppendString(json.AppendKey(b, "to"), s.To.String())
	b = json.AppendInt(json.AppendKey(b, "bytes"), s.Bytes)
	if c := s.Counts; c != nil {
		b = json.AppendInt(json.AppendKey(b, "negative"), c.Neg)
		b = json.AppendInt(json.AppendKey(b, "zero"), c.Zero)
		b = json.AppendInt(json.AppendKey(b, "positive"), c.Pos)
		b = json.AppendFloat32(json.AppendKey(b, "scale"), c.Scale)
		b = json.AppendInt(json.AppendKey(b, "flipped"), c.Flipped)
	}
	if s.ScaleError > 0 {
		b = json.AppendFloat(json.AppendKey(b, "scale_error"), s.ScaleError)
	}
	if s.Flushed > 0 {
		b = json.AppendInt(json.AppendKey(b, "flushed_to_zero"), s.Flushed)
	}
	return append(b, '}')
}
