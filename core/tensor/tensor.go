// Package tensor describes a tensor at rest: where its bytes lie and what they mean. It holds no bytes.
package tensor

import "github.com/tritkit/tritkit/core/dtype"

// Tensor is one tensor of a checkpoint.
type Tensor struct {
	Name   string
	Type   dtype.Type
	Shape  []int64 // slowest dimension first; empty for a scalar
	File   int     // index in the checkpoint's list of files
	Offset int64   // of the first byte, absolute in that file
	Bytes  int64   // without padding
}

// Elements returns the number of elements. A reader has checked that the product fits.
func (t *Tensor) Elements() int64 {
	n := int64(1)
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Cols returns the length of a row: the fastest dimension, 1 for a scalar.
func (t *Tensor) Cols() int64 {
	if len(t.Shape) == 0 {
		return 1
	}
	return t.Shape[len(t.Shape)-1]
}

// Rows returns the number of rows: the product of all dimensions but the fastest.
func (t *Tensor) Rows() int64 {
	n := int64(1)
	for i := 0; i+1 < len(t.Shape); i++ {
		n *= t.Shape[i]
	}
	return n
}
