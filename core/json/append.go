package json

import (
	"math"
	"strconv"

	"github.com/tritkit/tritkit/core/fault"
)

// maxExact is the largest integer that a reader which keeps numbers as float64 reads back exactly.
const maxExact = 1 << 53

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD.
func AppendString(b []byte, s string) []byte { return fault.AppendString(b, s) }

// AppendInt appends n, as a string where it is beyond ±2^53.
func AppendInt(b []byte, n int64) []byte {
	if n > maxExact || n < -maxExact {
		b = append(b, '"')
		b = strconv.AppendInt(b, n, 10)
		return append(b, '"')
	}
	return strconv.AppendInt(b, n, 10)
}

// AppendUint appends n, as a string where it is beyond 2^53.
func AppendUint(b []byte, n uint64) []byte {
	if n > maxExact {
		b = append(b, '"')
		b = strconv.AppendUint(b, n, 10)
		return append(b, '"')
	}
	return strconv.AppendUint(b, n, 10)
}

// AppendFloat appends x in the shortest form that reads back as the same float64, or as the string "NaN", "Infinity" or "-Infinity".
func AppendFloat(b []byte, x float64) []byte { return appendFloat(b, x, 64) }

// AppendFloat32 appends x in the shortest form that reads back as the same float32.
func AppendFloat32(b []byte, x float32) []byte { return appendFloat(b, float64(x), 32) }

func appendFloat(b []byte, x float64, bits int) []byte {
	switch {
	case math.IsNaN(x):
		return append(b, `"NaN"`...)
	case math.IsInf(x, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(x, -1):
		return append(b, `"-Infinity"`...)
	}
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(b, x, 'e', -1, bits)
	}
	return strconv.AppendFloat(b, x, 'f', -1, bits)
}

// AppendBool appends true or false.
func AppendBool(b []byte, v bool) []byte { return strconv.AppendBool(b, v) }

// AppendStrings appends an array of strings; nil is [].
func AppendStrings(b []byte, list []string) []byte {
	return AppendArray(b, len(list), func(b []byte, i int) []byte { return AppendString(b, list[i]) })
}

// AppendArray appends an array of n elements, each appended by elem.
func AppendArray(b []byte, n int, elem func(b []byte, i int) []byte) []byte {
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = elem(b, i)
	}
	return append(b, ']')
}

// AppendKey appends the name of a member, preceded by a comma unless it is the first of its object.
func AppendKey(b []byte, name string) []byte {
	if n := len(b); n > 0 && b[n-1] != '{' {
		b = append(b, ',')
	}
	return append(AppendString(b, name), ':')
}
