package safetensors

// Writing: a header with sorted names, and the index of shards.

import (
	"encoding/binary"
	"sort"
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/tensor"
)

// Header returns the header of a file that holds tensors, given by Name, Type and Shape, sorted by name.
//
// head is padded with spaces to a multiple of 8; placed are the tensors in file order with absolute Offset and Bytes;
// size is that of the whole file.
func Header(tensors []tensor.Tensor, metadata []Pair) (head []byte, placed []tensor.Tensor, size int64, err error) {
	placed = append(placed, tensors...)
	sort.SliceStable(placed, func(i, j int) bool { return placed[i].Name < placed[j].Name })
	b := append(make([]byte, 8), '{')
	if len(metadata) > 0 {
		b = append(json.AppendKey(b, "__metadata__"), '{')
		for _, p := range metadata {
			b = json.AppendString(json.AppendKey(b, p.Key), p.Value)
		}
		b = append(b, '}')
	}
	at := int64(0)
	for i := range placed {
		t := &placed[i]
		name, ok := TypeName(t.Type)
		if !ok {
			return nil, nil, 0, fault.New("safetensors", fault.TensorType, "no safetensors type for ", t.Type.String()).In(t.Name)
		}
		if i > 0 && placed[i-1].Name == t.Name || t.Name == "" || t.Name == "__metadata__" {
			return nil, nil, 0, fault.New("safetensors", fault.Key, "a tensor's name is empty, reserved, or given twice").In(t.Name)
		}
		if t.Bytes, err = sizeOf(t); err != nil {
			return nil, nil, 0, err
		}
		t.Offset = at
		at += t.Bytes
		b = append(json.AppendKey(b, t.Name), `{"dtype":"`+name+`","shape":`...)
		b = json.AppendArray(b, len(t.Shape), func(b []byte, k int) []byte { return strconv.AppendInt(b, t.Shape[k], 10) })
		b = append(b, `,"data_offsets":[`...)
		b = append(strconv.AppendInt(append(strconv.AppendInt(b, t.Offset, 10), ','), at, 10), "]}"...)
	}
	b = append(b, '}')
	for len(b)%8 != 0 {
		b = append(b, ' ')
	}
	binary.LittleEndian.PutUint64(b, uint64(len(b)-8))
	for i := range placed {
		placed[i].Offset += int64(len(b))
	}
	return b, placed, int64(len(b)) + at, nil
}

// Index is model.safetensors.index.json: which shard holds which tensor.
type Index struct {
	TotalSize int64 // bytes of all tensors; 0 when the file does not say
	Weights   []Entry
}

// Entry places one tensor.
type Entry struct{ Tensor, Shard string }

// ReadIndex parses an index. Shard names must be plain file names: no separator, drive, NUL or dot-dot.
func ReadIndex(data []byte) (*Index, error) {
	x := &Index{}
	d := json.NewDecoder(data, json.Limits{})
	seen := false
	err := d.Object(func(name string) error {
		switch name {
		case "metadata":
			return x.metadata(d)
		case "weight_map":
			seen = true
			return d.Object(func(tensor string) error {
				at := d.Offset()
				shard, err := d.String()
				if err == nil && !plainName(shard) {
					err = fault.At("safetensors", fault.Key, at, "shard ", fault.Quote(shard), " is not a plain file name").In(tensor)
				}
				x.Weights = append(x.Weights, Entry{tensor, shard})
				return err
			})
		}
		return d.Skip()
	})
	if err == nil {
		err = d.End()
	}
	if err == nil && !seen {
		err = fault.New("safetensors", fault.JSON, "the index has no weight_map")
	}
	return x, err
}

func (x *Index) metadata(d *json.Decoder) error {
	if d.Kind() == 'n' {
		return d.Skip()
	}
	return d.Object(func(key string) (err error) {
		if key != "total_size" || d.Kind() != '0' {
			return d.Skip()
		}
		v, err := d.Float() // some exporters write 4.8e9 or 4825682263.0
		if err == nil && v >= 0 && v < 1<<62 {
			x.TotalSize = int64(v)
		}
		return err
	})
}

func plainName(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsAny(s, "/\\:\x00") && strings.HasSuffix(s, ".safetensors")
}

// AppendIndex appends x as the JSON of an index, in the order of x.Weights.
func AppendIndex(b []byte, x *Index) []byte {
	b = append(b, `{"metadata":{"total_size":`...)
	b = strconv.AppendInt(b, x.TotalSize, 10)
	b = append(b, `},"weight_map":{`...)
	for _, w := range x.Weights {
		b = json.AppendString(json.AppendKey(b, w.Tensor), w.Shard)
	}
	return append(b, "}}\n"...)
}
