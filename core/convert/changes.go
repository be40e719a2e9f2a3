// Changes of metadata in the words of the command: KEY=VALUE.

package convert

import (
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/gguf"
)

// Changes reads KEY=VALUE pairs. A value has the type named by as (u32, i32, u64, f32, bool or str), else the type that
// its key has in c now, else it is a string.
func Changes(c *checkpoint.Checkpoint, set []string, as string) ([]gguf.KV, error) {
	var kv []gguf.KV
	for _, x := range set {
		key, text, ok := strings.Cut(x, "=")
		if !ok {
			return nil, fault.New("convert", fault.Usage, fault.Quote(x), " sets nothing").Try("--set KEY=VALUE")
		}
		name := as
		if name == "" {
			name = "str"
			if old, ok := present(c, key); ok {
				name = old.Type().String()
			}
		}
		v, err := parseValue(text, name)
		if err != nil {
			return nil, err
		}
		kv = append(kv, gguf.KV{Key: key, Value: v})
	}
	return kv, nil
}

func present(c *checkpoint.Checkpoint, key string) (v gguf.Value, ok bool) {
	if c.GGUF != nil {
		v, ok = c.GGUF.Get(key)
	}
	return v, ok
}

// parseValue reads text as a value of the type of that name.
func parseValue(text, as string) (v gguf.Value, err error) {
	switch as {
	case "u32":
		var n uint64
		n, err = strconv.ParseUint(text, 10, 32)
		v = gguf.Uint32(uint32(n))
	case "i32":
		var n int64
		n, err = strconv.ParseInt(text, 10, 32)
		v = gguf.Int32(int32(n))
	case "u64":
		var n uint64
		n, err = strconv.ParseUint(text, 10, 64)
		v = gguf.Uint64(n)
	case "f32":
		var x float64
		x, err = strconv.ParseFloat(text, 32)
		v = gguf.Float32(float32(x))
	case "bool":
		var b bool
		b, err = strconv.ParseBool(text)
		v = gguf.Bool(b)
	case "str", "string":
		v = gguf.String(text)
	default:
		return v, fault.New("convert", fault.Usage, "cannot set a value of type ", as).Try("--as u32, i32, u64, f32, bool or str")
	}
	if err != nil {
		return v, fault.New("convert", fault.Usage, fault.Quote(text), " is no ", as).Try("--as names another type: u32, i32, u64, f32, bool or str")
	}
	return v, nil
}
