// Package safetensors reads and writes safetensors headers and the index of a sharded checkpoint, strictly.
//
// Format: u64 length, a JSON object of that length, then the data, which the tensors tile without holes. Source:
// huggingface/safetensors 24b0b28 README.md; what its text demands and its reference lets pass is refused here.
package safetensors

import (
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/tensor"
)

// File is a parsed header.
type File struct {
	Size     int64 // of the whole file
	Data     int64 // offset of the data
	Metadata []Pair
	Tensors  []tensor.Tensor // by offset; offsets are absolute
}

// Pair is one entry of __metadata__.
type Pair struct{ Key, Value string }

// Caps on what a header may claim.
const (
	maxHeader = 100_000_000
	maxDims   = 16
)

// types pairs the format's names with ours. Types whose elements are not whole bytes are not listed.
var types = [...]struct {
	name string
	t    dtype.Type
}{
	{"BF16", dtype.BF16}, {"F16", dtype.F16}, {"F32", dtype.F32}, {"F64", dtype.F64},
	{"U8", dtype.U8}, {"I8", dtype.I8}, {"U16", dtype.U16}, {"I16", dtype.I16}, {"U32", dtype.U32}, {"I32", dtype.I32},
	{"U64", dtype.U64}, {"I64", dtype.I64}, {"BOOL", dtype.Bool}, {"C64", dtype.C64},
	{"F8_E4M3", dtype.F8E4M3}, {"F8_E5M2", dtype.F8E5M2}, {"F8_E8M0", dtype.F8E8M0},
}

// TypeName returns the format's name of a type: "BF16".
func TypeName(t dtype.Type) (string, bool) {
	for _, x := range types {
		if x.t == t {
			return x.name, true
		}
	}
	return "", false
}

func typeByName(name string) (dtype.Type, bool) {
	for _, x := range types {
		if x.name == name {
			return x.t, true
		}
	}
	return 0, false
}
