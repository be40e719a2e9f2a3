// Package dtype is the table of element formats: numbers, names, sizes, and functions bytes ↔ numbers.
//
// A format is a row of Formats. Float formats decode and encode float32; ternary formats pack and unpack trits and
// accept nothing else, so that a weight which was never snapped cannot reach them.
package dtype

import "github.com/tritkit/tritkit/core/ternary"

// Type identifies a format. The low 16 bits are the number in a GGUF file (ggml_type) where the format has one; higher
// bits tell apart formats that share a number in different forks, and those that only safetensors has.
type Type uint32

const (
	fork   Type = 1 << 16 // another format under the same GGUF number
	safety Type = 1 << 20 // safetensors only: no GGUF number
)

// The types this project names. Numbers: ggml-org/ggml d99724f include/ggml.h; forks: docs/formats.md.
const (
	F32     Type = 0
	F16     Type = 1
	Q4_0    Type = 2
	Q4_1    Type = 3
	Q5_0    Type = 6
	Q5_1    Type = 7
	Q8_0    Type = 8
	Q8_1    Type = 9
	Q2_K    Type = 10
	Q3_K    Type = 11
	Q4_K    Type = 12
	Q5_K    Type = 13
	Q6_K    Type = 14
	Q8_K    Type = 15
	IQ2_XXS Type = 16
	IQ2_XS  Type = 17
	IQ3_XXS Type = 18
	IQ1_S   Type = 19
	IQ4_NL  Type = 20
	IQ3_S   Type = 21
	IQ2_S   Type = 22
	IQ4_XS  Type = 23
	I8      Type = 24
	I16     Type = 25
	I32     Type = 26
	I64     Type = 27
	F64     Type = 28
	IQ1_M   Type = 29
	BF16    Type = 30
	TQ1_0   Type = 34
	TQ2_0   Type = 35
	I2_S    Type = 36 // bitnet.cpp
	I8_S    Type = 37 // bitnet.cpp
	TL1     Type = 38 // bitnet.cpp
	MXFP4   Type = 39
	NVFP4   Type = 40
	Q1_0    Type = 41
	Q2_0    Type = 42

	IQ4_NL_4_4 Type = 36 | fork // removed from ggml
	IQ4_NL_4_8 Type = 37 | fork // removed from ggml
	IQ4_NL_8_8 Type = 38 | fork // removed from ggml
	TL2        Type = 39 | fork // bitnet.cpp
	Q2_0_G128  Type = 42 | fork // older PrismML files

	IQ1_BN    Type = 134 // ik_llama.cpp
	IQ2_BN    Type = 135 // ik_llama.cpp
	PQ2_0     Type = 142 // PrismML
	PTQ1_0    Type = 143 // PrismML
	IQ2_BN_R4 Type = 335 // ik_llama.cpp

	Bool   Type = safety | iota
	U8     Type = safety | iota
	U16    Type = safety | iota
	U32    Type = safety | iota
	U64    Type = safety | iota
	F8E4M3 Type = safety | iota
	F8E5M2 Type = safety | iota
	F8E8M0 Type = safety | iota
	C64    Type = safety | iota
)

// Format is one element format.
//
// A tensor of rows x cols elements takes rows * cols/Block * Bytes + Tail bytes; cols must be a multiple of Block.
type Format struct {
	Type               Type
	Name               string // lower case, as in flags and reports
	Block, Bytes, Tail int    // elements per block, bytes per block, bytes once per tensor; Block 0: the size is not known from the shape

	// Decode reads len(dst) elements, a whole number of blocks. Nil where the values cannot be read here.
	Decode func(dst []float32, src []byte)
	// Encode writes len(src) elements, a whole number of blocks. The error is a fault of class NotFinite with the
	// index of the first value that has no finite encoding. Nil in ternary formats.
	Encode func(dst []byte, src []float32) error
	// Pack writes m, a whole tensor; len(dst) is Size(m.Rows, m.Cols). Nil in float formats.
	Pack func(dst []byte, m *ternary.Matrix) error
	// Unpack reads a whole tensor into m, whose Rows and Cols are set and whose slices are reused when large enough.
	// An impossible code is a fault of class Code with its byte offset within src, a broken scale one of class Scale.
	Unpack func(m *ternary.Matrix, src []byte) error
}
