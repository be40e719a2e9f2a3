// Package gguf reads GGUF headers of versions 2 and 3 from any io.ReaderAt, trusting nothing, and writes version 3.
//
// Reading takes the header only; what a tensor's bytes mean is package dtype's. Shapes are turned round at this edge:
// a file lists the fastest dimension first, a tensor.Tensor the slowest. Source: ggml-org/ggml d99724f include/gguf.h.
package gguf

import (
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/tensor"
)

// File is a parsed header. It is read only and so safe for concurrent use.
type File struct {
	Version    uint32
	Size       int64 // of the whole file in bytes
	Alignment  int64
	Data       int64           // offset of the data section; beyond Size in a file without tensors that ends unpadded
	KV         []KV            // in file order, keys unique
	Tensors    []tensor.Tensor // in file order, names unique; offsets are absolute
	OutOfOrder bool            // the table's order is not the data's: readable here, refused by ggml
	Settled    []Settled       // how each ambiguous type number in the file was settled
}

// KV is one metadata pair.
type KV struct {
	Key   string
	Value Value
}

// Settled says how one type number that means different things in different forks was decided.
type Settled struct {
	Number  uint32
	Type    dtype.Type // what it was read as
	Tensors int        // how many tensors carry it
	How     string     // one sentence: the spans fit only this, or the user said so
}

// ReadOptions change how a header is read. The zero value is the sensible default.
type ReadOptions struct {
	Assume map[uint32]dtype.Type // the user's word for an ambiguous type number
}

// Get returns the value of a key, exactly as spelled.
func (f *File) Get(key string) (Value, bool) {
	for i := range f.KV {
		if f.KV[i].Key == key {
			return f.KV[i].Value, true
		}
	}
	return Value{}, false
}

// The caps: what a file may ask for before anybody trusts it.
const (
	maxPairs     = 1 << 20
	maxTensors   = 1 << 18
	maxKey       = 65535
	maxName      = 64 // bytes; ggml takes 63, and so does Header
	maxString    = 64 << 20
	maxHeader    = 256 << 20
	maxDims      = 4
	maxAlignment = 1 << 20

	defaultAlignment = 32
	alignmentKey     = "general.alignment"

	minPair   = 13 // bytes of the smallest pair: an empty key, a type, one byte
	minTensor = 25 // bytes of the smallest table entry: a name of one byte and no dimension
)
