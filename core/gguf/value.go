package gguf

// A metadata value: one type for all thirteen, compact, immutable and comparable with ==.

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/fault"
)

// ValueType is the type of a metadata value, numbered as in the file.
type ValueType uint32

// The value types.
const (
	TypeUint8 ValueType = iota
	TypeInt8
	TypeUint16
	TypeInt16
	TypeUint32
	TypeInt32
	TypeFloat32
	TypeBool
	TypeString
	TypeArray
	TypeUint64
	TypeInt64
	TypeFloat64
)

// types are the names that JSON uses and the bytes of one element: of a string the least, of an array none.
var types = [...]struct {
	name string
	size int
}{
	{"u8", 1}, {"i8", 1}, {"u16", 2}, {"i16", 2}, {"u32", 4}, {"i32", 4}, {"f32", 4}, {"bool", 1},
	{"string", 8}, {"array", 0}, {"u64", 8}, {"i64", 8}, {"f64", 8},
}

// String returns the name of the type: "u32".
func (t ValueType) String() string {
	if int64(t) < int64(len(types)) {
		return types[t].name
	}
	return "value type " + strconv.FormatUint(uint64(t), 10)
}

func (t ValueType) signed() bool {
	return t == TypeInt8 || t == TypeInt16 || t == TypeInt32 || t == TypeInt64
}

func (t ValueType) integer() bool {
	return t.signed() || t == TypeUint8 || t == TypeUint16 || t == TypeUint32 || t == TypeUint64
}

// Value is one metadata value. An array is held as its bytes in the file, so a vocabulary is one string and not one for
// every token. Two values are equal, NaNs bit by bit, exactly when == says so. The zero Value is the u8 0.
type Value struct {
	kind, elem ValueType // elem: of an array
	bits       uint64    // a number as its bits, sign-extended; a bool as 0 or 1; of an array the number of elements
	data       string    // a string's text; an array's elements as in the file, a string as u64 length and bytes
}

// Uint8 and its siblings make scalars.
func Uint8(v uint8) Value     { return Value{kind: TypeUint8, bits: uint64(v)} }
func Int8(v int8) Value       { return Value{kind: TypeInt8, bits: uint64(v)} }
func Uint16(v uint16) Value   { return Value{kind: TypeUint16, bits: uint64(v)} }
func Int16(v int16) Value     { return Value{kind: TypeInt16, bits: uint64(v)} }
func Uint32(v uint32) Value   { return Value{kind: TypeUint32, bits: uint64(v)} }
func Int32(v int32) Value     { return Value{kind: TypeInt32, bits: uint64(v)} }
func Uint64(v uint64) Value   { return Value{kind: TypeUint64, bits: v} }
func Int64(v int64) Value     { return Value{kind: TypeInt64, bits: uint64(v)} }
func Float32(v float32) Value { return Value{kind: TypeFloat32, bits: uint64(math.Float32bits(v))} }
func Float64(v float64) Value { return Value{kind: TypeFloat64, bits: math.Float64bits(v)} }
func String(v string) Value   { return Value{kind: TypeString, data: v} }

// Bool makes a bool.
func Bool(v bool) Value {
	if v {
		return Value{kind: TypeBool, bits: 1}
	}
	return Value{kind: TypeBool}
}

// Strings, Int32s and Float32s make the arrays that models have; Array makes any.
func Strings(list []string) Value   { return Array(list) }
func Int32s(list []int32) Value     { return Array(list) }
func Float32s(list []float32) Value { return Array(list) }

// Element is what an array may hold.
type Element interface {
	uint8 | int8 | uint16 | int16 | uint32 | int32 | uint64 | int64 | float32 | float64 | bool | string
}

// Array makes an array; it copies list.
func Array[T Element](list []T) Value {
	scalar := scalarOf[T]()
	var zero T
	elem := scalar(zero).kind
	size := len(list) * types[elem].size
	if elem == TypeString {
		for _, x := range list {
			size += len(scalar(x).data)
		}
	}
	var b strings.Builder
	b.Grow(size)
	var word [8]byte
	for _, x := range list {
		v := scalar(x)
		n := types[elem].size
		if elem == TypeString {
			binary.LittleEndian.PutUint64(word[:], uint64(len(v.data)))
		} else {
			binary.LittleEndian.PutUint64(word[:], v.bits)
		}
		b.Write(word[:n])
		b.WriteString(v.data)
	}
	return Value{kind: TypeArray, elem: elem, bits: uint64(len(list)), data: b.String()}
}

// scalarOf returns the constructor of scalars of type T.
func scalarOf[T Element]() func(T) Value {
	var f any
	switch any(*new(T)).(type) {
	case uint8:
		f = Uint8
	case int8:
		f = Int8
	case uint16:
		f = Uint16
	case int16:
		f = Int16
	case uint32:
		f = Uint32
	case int32:
		f = Int32
	case uint64:
		f = Uint64
	case int64:
		f = Int64
	case float32:
		f = Float32
	case float64:
		f = Float64
	case bool:
		f = Bool
	case string:
		f = String
	}
	return f.(func(T) Value)
}

// Type returns the type of the value.
func (v Value) Type() ValueType { return v.kind }

// Elem returns the type of an array's elements, and of any other value its own type.
func (v Value) Elem() ValueType {
	if v.kind == TypeArray {
		return v.elem
	}
	return v.kind
}

// Len returns the number of elements of an array, the bytes of a string, and 1 for any other value.
func (v Value) Len() int {
	switch v.kind {
	case TypeArray:
		return int(v.bits)
	case TypeString:
		return len(v.data)
	}
	return 1
}

// Equal reports whether type and value are the same; NaNs are compared bit by bit.
func (v Value) Equal(w Value) bool { return v == w }

// Uint returns an integer of any type that is not negative.
func (v Value) Uint() (uint64, error) {
	if !v.kind.integer() {
		return 0, v.unwanted("an integer")
	}
	if v.kind.signed() && int64(v.bits) < 0 {
		return 0, fault.New("gguf", fault.Value, strconv.FormatInt(int64(v.bits), 10), " is negative")
	}
	return v.bits, nil
}

// Int returns an integer of any type that fits into an int64.
func (v Value) Int() (int64, error) {
	if !v.kind.integer() {
		return 0, v.unwanted("an integer")
	}
	if !v.kind.signed() && v.bits > math.MaxInt64 {
		return 0, fault.New("gguf", fault.Value, strconv.FormatUint(v.bits, 10), " is too large")
	}
	return int64(v.bits), nil
}

// Float returns a float32 or float64, which may be NaN or infinite.
func (v Value) Float() (float64, error) {
	switch v.kind {
	case TypeFloat32:
		return float64(math.Float32frombits(uint32(v.bits))), nil
	case TypeFloat64:
		return math.Float64frombits(v.bits), nil
	}
	return 0, v.unwanted("a float")
}

// Bool returns a bool.
func (v Value) Bool() (bool, error) {
	if v.kind != TypeBool {
		return false, v.unwanted("a bool")
	}
	return v.bits == 1, nil
}

// Text returns a string, which need not be UTF-8.
func (v Value) Text() (string, error) {
	if v.kind != TypeString {
		return "", v.unwanted("a string")
	}
	return v.data, nil
}

// Strings returns an array of strings; they share one allocation.
func (v Value) Strings() ([]string, error) {
	if v.kind != TypeArray || v.elem != TypeString {
		return nil, v.unwanted("an array of strings")
	}
	return v.strings(v.Len()), nil
}

// strings returns the first n strings of an array of strings.
func (v Value) strings(n int) []string {
	list := make([]string, n)
	rest := v.data
	for i := range list {
		end := 8 + int(word(rest[:8]))
		list[i], rest = rest[8:end], rest[end:]
	}
	return list
}

// Int32s returns an array of integers of any type that all fit into an int32.
func (v Value) Int32s() ([]int32, error) {
	if v.kind != TypeArray || !v.elem.integer() {
		return nil, v.unwanted("an array of integers")
	}
	list := make([]int32, v.Len())
	for i := range list {
		n, err := v.at(i).Int()
		if err != nil || n != int64(int32(n)) {
			return nil, fault.New("gguf", fault.Value, "element ", strconv.Itoa(i), " does not fit into 32 bits")
		}
		list[i] = int32(n)
	}
	return list, nil
}

// Float32s returns an array of float32.
func (v Value) Float32s() ([]float32, error) {
	if v.kind != TypeArray || v.elem != TypeFloat32 {
		return nil, v.unwanted("an array of f32")
	}
	list := make([]float32, v.Len())
	for i := range list {
		list[i] = math.Float32frombits(uint32(word(v.data[4*i : 4*i+4])))
	}
	return list, nil
}

// Elements calls do with each element of an array and its index, until do returns false; of any other value, with itself.
func (v Value) Elements(do func(i int, e Value) bool) {
	if v.kind != TypeArray {
		do(0, v)
		return
	}
	rest := v.data
	for i := range v.Len() {
		var e Value
		if v.elem == TypeString {
			end := 8 + int(word(rest[:8]))
			e, rest = String(rest[8:end]), rest[end:]
		} else {
			e = v.at(i)
		}
		if !do(i, e) {
			return
		}
	}
}

// at returns element i of an array of anything but strings.
func (v Value) at(i int) Value {
	n := types[v.elem].size
	return scalar(v.elem, word(v.data[i*n:i*n+n]))
}

// scalar makes a number or bool of its bits in the file.
func scalar(t ValueType, bits uint64) Value {
	if t.signed() {
		unused := 64 - 8*types[t].size
		bits = uint64(int64(bits<<unused) >> unused)
	}
	return Value{kind: t, bits: bits}
}

// word reads 1 to 8 little-endian bytes.
func word(s string) (bits uint64) {
	for i := len(s) - 1; i >= 0; i-- {
		bits = bits<<8 | uint64(s[i])
	}
	return bits
}

func (v Value) unwanted(wanted string) error {
	found := v.kind.String()
	if v.kind == TypeArray {
		found = "an array of " + v.elem.String()
	}
	return fault.New("gguf", fault.Type, "wanted ", wanted, ", found ", found)
}
