package dtype

// The numbers and names of the types, and the finding of formats by either.

import "strconv"

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

	Bool   Type = safety | 1
	U8     Type = safety | 2
	U16    Type = safety | 3
	U32    Type = safety | 4
	U64    Type = safety | 5
	F8E4M3 Type = safety | 6
	F8E5M2 Type = safety | 7
	F8E8M0 Type = safety | 8
	C64    Type = safety | 9
)

// Number returns the type's number in a GGUF file; it means nothing where GGUF reports false.
func (t Type) Number() uint32 { return uint32(t & 0xffff) }

// GGUF reports whether the type has a number in GGUF files.
func (t Type) GGUF() bool { return t < safety }

// String returns the format's name in lower case, or "type 99" for a type that this project does not name.
func (t Type) String() string {
	if f := Lookup(t); f != nil {
		return f.Name
	}
	return "type " + strconv.FormatUint(uint64(t), 10)
}

// Lookup returns the format of a type, or nil if this project does not name it.
func Lookup(t Type) *Format {
	for _, f := range Formats {
		if f.Type == t {
			return f
		}
	}
	return nil
}

// Parse returns the type of that name, exactly as the table spells it.
func Parse(name string) (Type, bool) {
	for _, f := range Formats {
		if f.Name == name {
			return f.Type, true
		}
	}
	return 0, false
}

// Candidates returns the formats that a type number in a GGUF file may mean: none, one, or several where forks gave
// one number to different formats. Package gguf decides between several by the sizes of the tensors.
func Candidates(number uint32) []*Format {
	var found []*Format
	for _, f := range Formats {
		if f.Type.GGUF() && f.Type.Number() == number {
			found = append(found, f)
		}
	}
	return found
}
