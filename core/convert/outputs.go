// The files that a conversion writes.

package convert

import (
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/json"
)

// Output is one file that a conversion writes.
type Output struct {
	Name  string // in the folder; "" of a GGUF, which has the name that the user gives it
	Bytes int64
}

// Outputs lists what is written, in order: a GGUF, or the files of a folder, its weights last.
func (p *Plan) Outputs() []Output {
	if p.Container == checkpoint.GGUF {
		return []Output{{Bytes: p.size}}
	}
	var list []Output
	for _, f := range p.Files {
		list = append(list, Output{f.Name, int64(len(f.Data))})
	}
	return append(list, Output{WeightsName, p.size})
}

// AppendJSON appends {"name","bytes"}.
func (o Output) AppendJSON(b []byte) []byte {
	b = json.AppendString(json.AppendKey(append(b, '{'), "name"), o.Name)
	return append(json.AppendInt(json.AppendKey(b, "bytes"), o.Bytes), '}')
}
