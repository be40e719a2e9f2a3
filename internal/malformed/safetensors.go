package malformed

// Broken safetensors files: a length, JSON, data.

import (
	"strings"

	"github.com/tritkit/tritkit/core/fault"
)

// st is a file with this header and n bytes of data.
func st(header string, n int) func() []byte {
	return func() []byte { return raw(nil).str(header).zeros(n) }
}

// tensorWith is a file of one tensor with these fields.
func tensorWith(typ, shape, offsets string, n int) func() []byte {
	return st(`{"a":{"dtype":`+typ+`,"shape":`+shape+`,"data_offsets":`+offsets+`}}`, n)
}

// claims is a file whose header claims to be n bytes long.
func claims(n uint64, rest string) func() []byte {
	return func() []byte { return raw(nil).u64(n).text(rest) }
}

const good = `"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`

var safetensorsCases = []Case{
	{"length: less than 8 bytes", fault.Truncated, plain("\x02\x00\x00")}, // not even a length: the file is cut
	{"length 0", fault.Length, claims(0, "")},
	{"length 2^64-1", fault.Length, claims(1<<64-1, "{}")},
	{"length 2^63", fault.Length, claims(1<<63, "{}")},
	{"length 100,000,001", fault.Length, claims(100_000_001, "{}")},
	{"length 100,000,000 in a file of 26 bytes", fault.Length, claims(100_000_000, "{}                ")},
	{"length one past the end", fault.Length, claims(3, "{}")},

	{"json: not UTF-8", fault.JSON, st("{\"\xff\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8)},
	{"json: not JSON", fault.JSON, st(`{dtype: F32}`, 0)},
	{"json: an array", fault.JSON, st(`[1,2]`, 0)},
	{"json: garbage after", fault.JSON, st(`{`+good+`}x`, 8)},
	{"json: duplicate tensor", fault.JSON, st(`{`+good+`,`+good+`}`, 8)},
	{"json: duplicate by escape", fault.JSON, st(`{`+good+`,`+strings.Replace(good, "a", `\u0061`, 1)+`}`, 8)},
	{"json: duplicate field", fault.JSON, st(`{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8)},
	{"json: metadata that is no text", fault.JSON, st(`{"__metadata__":{"k":1},`+good+`}`, 8)},
	{"json: missing field", fault.JSON, st(`{"a":{"dtype":"F32","data_offsets":[0,8]}}`, 8)},
	{"json: wrong-case field", fault.JSON, st(`{"a":{"Dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8)},
	{"json: null tensor", fault.JSON, st(`{"a":null}`, 0)},
	{"json: null offsets", fault.JSON, tensorWith(`"F32"`, `[2]`, `null`, 8)},
	{"json: dimension 2.0", fault.JSON, tensorWith(`"F32"`, `[2.0]`, `[0,8]`, 8)},
	{"json: dimension 4e0", fault.JSON, tensorWith(`"F32"`, `[4e0]`, `[0,16]`, 16)},
	{"json: dimension as text", fault.JSON, tensorWith(`"F32"`, `["2"]`, `[0,8]`, 8)},
	{"json: dimension -2", fault.JSON, tensorWith(`"F32"`, `[-2]`, `[0,8]`, 8)},
	{"json: 100,000 deep", fault.JSON, func() []byte { return st(`{"a":`+strings.Repeat("[", 100_000), 0)() }},

	{"type: unknown", fault.TensorType, tensorWith(`"F33"`, `[2]`, `[0,8]`, 8)},
	{"type: lower case", fault.TensorType, tensorWith(`"f32"`, `[2]`, `[0,8]`, 8)},
	{"overflow: product wraps", fault.Overflow, tensorWith(`"F32"`, `[4294967296,4294967296,4294967296]`, `[0,8]`, 8)},
	{"overflow: bytes wrap", fault.Overflow, tensorWith(`"F32"`, `[4611686018427387904]`, `[0,0]`, 0)},
	{"offset: 2^64+4", fault.JSON, tensorWith(`"F32"`, `[2]`, `[0,18446744073709551620]`, 8)}, // no integer that JSON readers agree on
	{"offset: reversed", fault.Offset, tensorWith(`"F32"`, `[2]`, `[8,0]`, 8)},
	{"bounds: past the end", fault.Bounds, tensorWith(`"F32"`, `[4]`, `[0,16]`, 8)},
	{"shape: another length", fault.Shape, tensorWith(`"F32"`, `[3]`, `[0,8]`, 8)},
	{"offset: overlap", fault.Offset, st(`{`+good+`,"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12)},
	{"offset: hole", fault.Offset, st(`{`+good+`,"b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]}}`, 20)},
	{"offset: the first is not 0", fault.Offset, tensorWith(`"F32"`, `[2]`, `[4,12]`, 12)},
	{"bounds: trailing bytes", fault.Bounds, tensorWith(`"F32"`, `[2]`, `[0,8]`, 9)},
	{"bounds: one byte short", fault.Bounds, tensorWith(`"F32"`, `[2]`, `[0,8]`, 7)},
	{"type: an odd number of half bytes", fault.TensorType, tensorWith(`"F4"`, `[3]`, `[0,2]`, 2)},
}

var safetensorsControls = []Case{
	{Name: "empty header", Make: st(`{}`, 0)},
	{Name: "one tensor", Make: st(`{`+good+`}`, 8)},
	{Name: "padding after the header", Make: st(`{`+good+`}     `, 8)},
	{Name: "a zero dimension", Make: tensorWith(`"F32"`, `[0,5]`, `[0,0]`, 0)},
	{Name: "a scalar", Make: tensorWith(`"F32"`, `[]`, `[0,4]`, 4)},
	{Name: "metadata alone", Make: st(`{"__metadata__":{"format":"pt"}}`, 0)},
	{Name: "fields in another order", Make: st(`{"a":{"data_offsets":[0,8],"shape":[2],"dtype":"F32"}}`, 8)},
}
