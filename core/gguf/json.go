package gguf

// Values as JSON, for show and for whoever asks for --json.

import (
	"math"

	"github.com/tritkit/tritkit/core/json"
)

// AppendJSON appends the value: a scalar plainly, an array as a JSON array, and one of more than first elements as
// {"type","len","first"} with its first elements. Integers beyond 2^53 and numbers that are not finite become strings.
func (v Value) AppendJSON(b []byte, first int) []byte {
	if v.kind != TypeArray {
		return v.appendScalar(b)
	}
	if v.Len() <= first {
		return v.appendElements(b, v.Len())
	}
	b = json.AppendString(json.AppendKey(append(b, '{'), "type"), v.elem.String())
	b = json.AppendInt(json.AppendKey(b, "len"), int64(v.Len()))
	return append(v.appendElements(json.AppendKey(b, "first"), max(first, 0)), '}')
}

func (v Value) appendElements(b []byte, n int) []byte {
	if v.elem == TypeString {
		return json.AppendStrings(b, v.strings(n))
	}
	return json.AppendArray(b, n, func(b []byte, i int) []byte { return v.at(i).appendScalar(b) })
}

func (v Value) appendScalar(b []byte) []byte {
	switch v.kind {
	case TypeString:
		return json.AppendString(b, v.data)
	case TypeBool:
		return json.AppendBool(b, v.bits == 1)
	case TypeFloat32:
		return json.AppendFloat32(b, math.Float32frombits(uint32(v.bits)))
	case TypeFloat64:
		return json.AppendFloat(b, math.Float64frombits(v.bits))
	case TypeUint8, TypeUint16, TypeUint32, TypeUint64:
		return json.AppendUint(b, v.bits)
	}
	return json.AppendInt(b, int64(v.bits))
}
