package host

// Reading what the module wrote: strictly, but for members that a later minor version may add.

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/inspect"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/core/model"
	"github.com/tritkit/tritkit/core/tensor"
)

// decoder reads one result.
type decoder struct {
	*json.Decoder
	data []byte
}

// decode reads a whole result. The module's memory bounds its size, so its members need no other limit.
func decode[T any](data []byte, r *T, read func(*decoder, *T) error) error {
	d := &decoder{json.NewDecoder(data, json.Limits{Members: math.MaxInt32}), data}
	err := read(d, r)
	if err == nil {
		err = d.End()
	}
	return err
}

// member is one member of an object.
type member struct {
	name     string
	read     func() error
	optional bool
}

// object reads an object that has all the members that are not optional.
func (d *decoder) object(members ...member) error {
	seen := uint64(0)
	err := d.Object(func(name string) error {
		for i, m := range members {
			if m.name == name {
				seen |= 1 << i
				return m.read()
			}
		}
		return d.Skip()
	})
	if err != nil {
		return err
	}
	for i, m := range members {
		if seen>>i&1 == 0 && !m.optional {
			return fault.At("host", fault.JSON, d.Offset(), "the object that ends here has no ", m.name)
		}
	}
	return nil
}

func (m member) maybe() member { m.optional = true; return m }

func (d *decoder) text(name string, at *string) member {
	return member{name: name, read: func() (err error) { *at, err = d.String(); return err }}
}

func (d *decoder) flag(name string, at *bool) member {
	return member{name: name, read: func() (err error) { *at, err = d.Bool(); return err }}
}

// number reads an integer, which is a string where it is beyond ±2^53.
func (d *decoder) number(name string, at *int64) member {
	return member{name: name, read: func() (err error) { *at, err = d.integer(); return err }}
}

func (d *decoder) integer() (int64, error) {
	if d.Kind() != '"' {
		return d.Int()
	}
	s, err := d.String()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fault.At("host", fault.JSON, d.Offset(), fault.Quote(s), " is no integer")
	}
	return n, nil
}

// real reads a number of 32 or 64 bits, which is a string where it is not finite.
func (d *decoder) real(bits int) (float64, error) {
	raw, err := d.Raw()
	if err != nil {
		return 0, err
	}
	s := string(raw)
	switch s {
	case `"NaN"`:
		return math.NaN(), nil
	case `"Infinity"`:
		return math.Inf(1), nil
	case `"-Infinity"`:
		return math.Inf(-1), nil
	}
	x, err := strconv.ParseFloat(s, bits)
	if err != nil {
		return 0, fault.At("host", fault.JSON, d.Offset(), fault.Quote(s), " is no number of ", strconv.Itoa(bits), " bits")
	}
	return x, nil
}

func (d *decoder) float(name string, at *float64) member {
	return member{name: name, read: func() (err error) { *at, err = d.real(64); return err }}
}

func (d *decoder) float32(name string, at *float32) member {
	return member{name: name, read: func() error {
		x, err := d.real(32)
		*at = float32(x)
		return err
	}}
}

// list reads an array, element by element.
func list[T any](d *decoder, name string, at *[]T, read func(*T) error) member {
	return member{name: name, read: func() error {
		*at = nil
		return d.Array(func(int) error {
			var x T
			err := read(&x)
			*at = append(*at, x)
			return err
		})
	}}
}

func (d *decoder) texts(name string, at *[]string) member {
	return list(d, name, at, func(s *string) (err error) { *s, err = d.String(); return err })
}

func (d *decoder) numbers(name string, at *[]int64) member {
	return list(d, name, at, func(n *int64) (err error) { *n, err = d.integer(); return err })
}

// dtype reads the name of a type.
func (d *decoder) dtype(name string, at *dtype.Type) member {
	return member{name: name, read: func() error {
		s, err := d.String()
		if err != nil {
			return err
		}
		t, ok := dtype.Parse(s)
		if number, cut := strings.CutPrefix(s, "type "); cut && !ok {
			n, err := strconv.ParseUint(number, 10, 32)
			t, ok = dtype.Type(n), err == nil
		}
		if !ok {
			return fault.At("host", fault.JSON, d.Offset(), fault.Quote(s), " is no type")
		}
		*at = t
		return nil
	}}
}

func (d *decoder) report(r *Report) error {
	r.JSON = d.data
	return d.object(
		d.text("format", &r.Format), d.text("arch", &r.Arch), d.text("name", &r.Name), d.number("parameters", &r.Parameters),
		d.text("file_type", &r.FileType), d.number("bytes", &r.Bytes),
		member{name: "metadata", read: func() error {
			return d.Object(func(key string) error {
				v, err := d.Value()
				r.Metadata = append(r.Metadata, Pair{Key: key, Value: string(v)})
				return err
			})
		}},
		member{name: "metadata_types", read: func() error { return d.metadataTypes(r) }, optional: true},
		list(d, "tensors", &r.Tensors, func(t *tensor.Tensor) error { return d.tensor(r, t) }),
		d.loads(&r.Loads), d.findings(&r.Findings),
		member{name: "stats", read: func() error { r.Stats = &Stats{}; return d.stats(r.Stats) }, optional: true},
	)
}

// metadataTypes reads the types of the pairs, in their order.
func (d *decoder) metadataTypes(r *Report) error {
	i := 0
	return d.Object(func(key string) (err error) {
		if i == len(r.Metadata) || r.Metadata[i].Key != key {
			return fault.At("host", fault.JSON, d.Offset(), fault.Quote(key), " has a type, and no value in that place")
		}
		r.Metadata[i].Type, err = d.String()
		i++
		return err
	})
}

func (d *decoder) tensor(r *Report, t *tensor.Tensor) error {
	file := ""
	err := d.object(d.text("name", &t.Name), d.dtype("dtype", &t.Type), d.numbers("shape", &t.Shape), d.text("file", &file), d.number("offset", &t.Offset), d.number("bytes", &t.Bytes))
	if n := len(r.Files); n == 0 || r.Files[n-1] != file { // tensors come file by file
		r.Files = append(r.Files, file)
	}
	t.File = len(r.Files) - 1
	return err
}

func (d *decoder) loads(at *[]model.Load) member {
	return list(d, "loads", at, func(l *model.Load) error {
		return d.object(d.text("app", &l.App), d.text("version", &l.Version), d.text("date", &l.Date), d.text("verdict", &l.Verdict), d.text("why", &l.Why), d.text("next", &l.Next))
	})
}

func (d *decoder) findings(at *[]inspect.Finding) member {
	return list(d, "findings", at, func(f *inspect.Finding) error {
		return d.object(d.text("severity", (*string)(&f.Severity)), d.text("code", &f.Code), d.text("message", &f.Message), d.text("tensor", &f.Tensor), d.text("fix", &f.Fix))
	})
}

func (d *decoder) stats(s *Stats) error {
	return d.object(d.text("trit_hash", &s.TritHash), d.float("sparsity", &s.Sparsity), d.float("entropy", &s.Entropy),
		list(d, "layers", &s.Layers, func(t *TensorStats) error { return d.tensorStats(t) }),
		list(d, "tensors", &s.Tensors, func(t *TensorStats) error { return d.tensorStats(t, d.text("tensor", &t.Name)) }))
}

func (d *decoder) tensorStats(t *TensorStats, more ...member) error {
	var x Detail
	var bins []int64
	detail := d.number("dead_rows", &x.DeadRows).maybe()
	rows := detail.read
	detail.read = func() error { t.Detail = &x; return rows() }
	err := d.object(append(more, d.number("layer", &t.Layer), d.number("negative", &t.Counts.Neg), d.number("zero", &t.Counts.Zero), d.number("positive", &t.Counts.Pos),
		d.float("sparsity", &t.Sparsity), d.float("entropy", &t.Entropy), d.float32("scale_min", &t.ScaleMin), d.float32("scale_max", &t.ScaleMax),
		detail, d.number("dead_columns", &x.DeadCols).maybe(), d.float("distance", &x.Distance).maybe(), d.numbers("histogram", &bins).maybe())...)
	if err != nil || bins == nil {
		return err
	}
	x.Histogram = &inspect.Histogram{}
	if len(bins) != len(x.Histogram) {
		return fault.At("host", fault.JSON, d.Offset(), "a histogram of ", strconv.Itoa(len(bins)), " bins")
	}
	copy(x.Histogram[:], bins)
	return nil
}

func (d *decoder) plan(p *Plan) error {
	p.JSON = d.data
	return d.object(list(d, "plan", &p.Steps, d.step), d.texts("notes", &p.Notes), d.loads(&p.Loads), d.number("bytes", &p.Bytes),
		list(d, "files", &p.Files, func(o *convert.Output) error { return d.object(d.text("name", &o.Name), d.number("bytes", &o.Bytes)) }).maybe())
}

func (d *decoder) step(s *convert.Step) error {
	var c convert.Counts
	negative := d.number("negative", &c.Neg).maybe()
	read := negative.read
	negative.read = func() error { s.Counts = &c; return read() }
	return d.object(d.text("tensor", &s.Name), d.text("from", &s.From), d.text("action", &s.Action), d.dtype("to", &s.To), d.number("bytes", &s.Bytes),
		negative, d.number("zero", &c.Zero).maybe(), d.number("positive", &c.Pos).maybe(), d.float32("scale", &c.Scale).maybe(), d.number("flipped", &c.Flipped).maybe(),
		d.float("scale_error", &s.ScaleError).maybe(), d.number("flushed_to_zero", &s.Flushed).maybe())
}

func (d *decoder) verification(v *inspect.Verification) error {
	ok := false
	err := d.object(d.flag("ok", &ok), d.number("bytes", &v.Bytes), d.text("trit_hash", &v.TritHash), d.findings(&v.Findings))
	if err == nil && ok == v.Failed(false) {
		return fault.At("host", fault.JSON, d.Offset(), "ok and the findings contradict one another")
	}
	return err
}

func (d *decoder) difference(x *inspect.Difference) error {
	return d.object(d.flag("same", &x.Same), d.text("level", (*string)(&x.Level)), d.text("trit_hash_a", &x.HashA), d.text("trit_hash_b", &x.HashB),
		list(d, "tensors", &x.Tensors, func(t *inspect.TensorDiff) error {
			return d.object(d.text("tensor", &t.Name), d.text("verdict", &t.Verdict), d.number("flipped", &t.Flipped), d.number("total", &t.Total),
				d.float("scale_error", &t.ScaleError), d.float("max_error", &t.MaxError), d.float("rms_error", &t.RMSError))
		}),
		list(d, "metadata", &x.Metadata, func(k *inspect.KeyDiff) error {
			return d.object(d.text("key", &k.Key), d.text("a", &k.A), d.text("b", &k.B))
		}))
}

func (d *decoder) edited(bytes *int64) error { return d.object(d.number("bytes", bytes)) }

func (d *decoder) slice(s *inspect.Slice) error {
	digits := ""
	var indices []int64
	err := d.object(d.text("tensor", &s.Tensor).maybe(), d.text("key", &s.Key).maybe(), d.text("dtype", &s.DType), d.numbers("shape", &s.Shape), d.number("first", &s.First),
		d.text("file", &s.File).maybe(), d.number("offset", &s.Offset).maybe(), d.text("hex", &digits).maybe(),
		member{name: "values", read: func() error { return d.values(s) }}, d.numbers("indices", &indices).maybe())
	if err != nil {
		return err
	}
	for _, i := range indices {
		s.Indices = append(s.Indices, int(i))
	}
	if s.Raw, err = hex.DecodeString(digits); err != nil {
		return fault.At("host", fault.JSON, d.Offset(), "the bytes are no hexadecimal digits")
	}
	return nil
}

// values reads the values of a tensor, or of a key whose type has been read before.
func (d *decoder) values(s *inspect.Slice) error {
	return d.Array(func(int) error {
		if s.Key != "" {
			v, err := d.value(s.DType)
			s.Elements = append(s.Elements, v)
			return err
		}
		x, err := d.real(32)
		s.Values = append(s.Values, float32(x))
		return err
	})
}

// value reads a metadata value of the type of that name.
func (d *decoder) value(kind string) (v gguf.Value, err error) {
	var n int64
	var x float64
	switch kind {
	case "string":
		s, err := d.String()
		return gguf.String(s), err
	case "bool":
		b, err := d.Bool()
		return gguf.Bool(b), err
	case "f32":
		x, err = d.real(32)
		return gguf.Float32(float32(x)), err
	case "f64":
		x, err = d.real(64)
		return gguf.Float64(x), err
	case "u64":
		raw, err := d.Raw()
		if err != nil {
			return v, err
		}
		u, err := strconv.ParseUint(strings.Trim(string(raw), `"`), 10, 64)
		if err != nil {
			return v, fault.At("host", fault.JSON, d.Offset(), fault.Quote(string(raw)), " is no u64")
		}
		return gguf.Uint64(u), nil
	}
	n, err = d.integer()
	switch kind {
	case "u8":
		v = gguf.Uint8(uint8(n))
	case "i8":
		v = gguf.Int8(int8(n))
	case "u16":
		v = gguf.Uint16(uint16(n))
	case "i16":
		v = gguf.Int16(int16(n))
	case "u32":
		v = gguf.Uint32(uint32(n))
	case "i32":
		v = gguf.Int32(int32(n))
	case "i64":
		v = gguf.Int64(n)
	default:
		return v, fault.At("host", fault.JSON, d.Offset(), fault.Quote(kind), " is no type of values")
	}
	return v, err
}
