// Package gguf reads GGUF headers of versions 2 and 3 from any io.ReaderAt, trusting nothing, and writes version 3.
package gguf

import (
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/tensor"
)

// File is a parsed header.
type File struct {
	Version   uint32
	Size      int64 // of the whole file in bytes
	Alignment int64
	Data      int64           // offset of the data section
	KV        []KV            // in file order, keys unique
	Tensors   []tensor.Tensor // in file order, names unique; offsets are absolute
	Settled   []Settled       // how each ambiguous type number in the file was settled

	index map[string]int // key → position in KV
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
