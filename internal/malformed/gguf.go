package malformed

// Broken GGUF files, written byte by byte so that every number can be wrong.

import (
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
)

// raw is a file being written.
type raw []byte

func (r raw) u8(v uint8) raw    { return append(r, v) }
func (r raw) u32(v uint32) raw  { return binary.LittleEndian.AppendUint32(r, v) }
func (r raw) u64(v uint64) raw  { return binary.LittleEndian.AppendUint64(r, v) }
func (r raw) str(s string) raw  { return append(r.u64(uint64(len(s))), s...) }
func (r raw) text(s string) raw { return append(r, s...) }
func (r raw) zeros(n int) raw   { return append(r, make([]byte, n)...) }

// Value types.
const (
	tU8, tU16, tI32, tU32, tF32, tBool, tString, tArray, tU64 = 0, 2, 5, 4, 6, 7, 8, 9, 10
)

func head(version uint32, tensors, pairs uint64) raw {
	return raw("GGUF").u32(version).u64(tensors).u64(pairs)
}

// arch is the pair that every model has; long enough that a count of two or three passes the first check.
func (r raw) arch() raw {
	return r.str("general.architecture").u32(tString).str("bitnet-b1.58, or so it says")
}

// key starts a pair.
func (r raw) key(name string, kind uint32) raw { return r.str(name).u32(kind) }

// array starts an array in a pair.
func (r raw) array(elem uint32, n uint64) raw { return r.u32(elem).u64(n) }

// entry is a line of the tensor table.
func (r raw) entry(name string, typ dtype.Type, offset uint64, dims ...uint64) raw {
	r = r.str(name).u32(uint32(len(dims)))
	for _, d := range dims {
		r = r.u64(d)
	}
	return r.u32(uint32(typ)).u64(offset)
}

// data pads to the alignment of 32 and adds n bytes of data.
func (r raw) data(n int) raw { return r.zeros((32-len(r)%32)%32 + n) }

// one is a file of one pair and one tensor with n bytes of data.
func one(typ dtype.Type, offset uint64, n int, dims ...uint64) func() []byte {
	return func() []byte { return head(3, 1, 1).arch().entry("blk.0.attn_q.weight", typ, offset, dims...).data(n) }
}

// two is a file of two f32 tensors of 8 elements, the second at offset.
func two(offset uint64, n int) func() []byte {
	return func() []byte {
		return head(3, 2, 1).arch().entry("a", dtype.F32, 0, 8).entry("b", dtype.F32, offset, 8).data(n)
	}
}

// pair is a file of one pair, whose value is what value adds.
func pair(kind uint32, value func(raw) raw) func() []byte {
	return func() []byte { return value(head(3, 0, 1).key("some.key.of.a.file", kind)) }
}

// lengthy is a file of one key that claims to be n bytes long.
func lengthy(n uint64) func() []byte {
	return func() []byte { return head(3, 0, 1).u64(n).text("general.architecture").zeros(40) }
}

// aligned is a file with a value for general.alignment.
func aligned(kind uint32, value func(raw) raw) func() []byte {
	return func() []byte {
		return value(head(3, 1, 1).key("general.alignment", kind)).entry("a", dtype.F32, 0, 8).data(32 + 64)
	}
}

// plain is a file of nothing but these bytes.
func plain(s string) func() []byte { return func() []byte { return []byte(s) } }

func keyed(keys ...string) func() []byte {
	return func() []byte {
		r := head(3, 0, uint64(len(keys)))
		for _, k := range keys {
			r = r.key(k, tU32).u32(1)
		}
		return r.zeros(16)
	}
}

func fixed(r raw) func() []byte { return func() []byte { return r } }

var ggufCases = []Case{
	{"truncated: 0 bytes", fault.Truncated, plain("")},
	{"truncated: 3 bytes", fault.Truncated, plain("GGU")},
	{"truncated: no version", fault.Truncated, plain("GGUF")},
	{"truncated: inside n_tensors", fault.Truncated, fixed(raw("GGUF").u32(3).u32(0))},
	{"truncated: inside n_kv", fault.Truncated, fixed(raw("GGUF").u32(3).u64(0).u32(0))},
	{"truncated: one kv too many", fault.Truncated, func() []byte { return head(3, 0, 2).arch() }},
	{"truncated: one tensor too many", fault.Truncated, func() []byte {
		return head(3, 2, 0).entry("blk.0.attn_q.weight.with.a.long.name", dtype.F32, 0, 8)
	}},
	{"truncated: inside a scalar", fault.Truncated, pair(tU64, func(r raw) raw { return r.zeros(3) })},
	{"truncated: inside an array", fault.Truncated, pair(tArray, func(r raw) raw { return r.array(tString, 2).str("the first is whole").u32(0) })},
	{"truncated: inside the tensor table", fault.Truncated, func() []byte { return head(3, 1, 0).str("blk.0.attn_q.weight.with.a.long.name").u32(1) }},

	{"magic: FUGG", fault.Magic, plain("FUGG\x00\x00\x00\x03" + strings.Repeat("\x00", 32))},
	{"magic: ggjt", fault.Magic, plain("tjgg\x03\x00\x00\x00" + strings.Repeat("\x00", 32))},
	{"magic: a Git LFS pointer", fault.Magic, plain("version https://git-lfs.github.com/spec/v1\noid sha256:0f\nsize 1187801280\n")},
	{"magic: an HTML page", fault.Magic, plain("<!DOCTYPE html>\n<html><head><title>404</title></head></html>")},
	{"magic: all zeros", fault.Magic, plain(strings.Repeat("\x00", 4096))},
	{"version 0", fault.Version, func() []byte { return head(0, 0, 0) }},
	{"version 1", fault.Version, func() []byte { return head(1, 0, 0) }},
	{"version 4", fault.Version, func() []byte { return head(4, 0, 0) }},
	{"version 2^32-1", fault.Version, func() []byte { return head(1<<32-1, 0, 0) }},
	{"endian: a byte-swapped file", fault.Endian, plain("GGUF\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01")},

	{"count: n_tensors -1", fault.Count, func() []byte { return head(3, 1<<64-1, 0).zeros(64) }},
	{"count: n_tensors 2^63", fault.Count, func() []byte { return head(3, 1<<63, 0).zeros(64) }},
	{"count: n_tensors 2^32", fault.Count, func() []byte { return head(3, 1<<32, 0).zeros(64) }},
	{"count: n_kv -1", fault.Count, func() []byte { return head(3, 0, 1<<64-1).zeros(64) }},
	{"count: n_kv 2^40", fault.Count, func() []byte { return head(3, 0, 1<<40).zeros(64) }},

	{"length: key 2^64-1", fault.Length, lengthy(1<<64 - 1)},
	{"length: key 2^63-1", fault.Length, lengthy(1<<63 - 1)},
	{"length: key 1 GiB", fault.Length, lengthy(1 << 30)},
	{"length: string 2^64-1", fault.Length, pair(tString, func(r raw) raw { return r.u64(1<<64 - 1).zeros(8) })},
	{"length: string 2^63", fault.Length, pair(tString, func(r raw) raw { return r.u64(1 << 63).zeros(8) })},
	{"length: string of the bytes left and one", fault.Length, pair(tString, func(r raw) raw { return r.u64(9).zeros(8) })},
	{"length: array of u8, 2^64-1", fault.Length, pair(tArray, func(r raw) raw { return r.array(tU8, 1<<64-1).zeros(8) })},
	{"length: array of u64, 2^61", fault.Length, pair(tArray, func(r raw) raw { return r.array(tU64, 1<<61).zeros(8) })},
	{"length: array of strings, 2^60", fault.Length, pair(tArray, func(r raw) raw { return r.array(tString, 1<<60).zeros(8) })},
	{"length: array of strings, 10^9", fault.Length, pair(tArray, func(r raw) raw { return r.array(tString, 1e9).zeros(8) })},
	{"length: array of u8, 1 GiB", fault.Length, pair(tArray, func(r raw) raw { return r.array(tU8, 1<<30).zeros(8) })},

	{"key: empty", fault.Key, keyed("")},
	{"key: more than 65,535 bytes", fault.Key, keyed(strings.Repeat("k", 65536))},
	{"key: not UTF-8", fault.Key, keyed("a\xff")},
	{"key: with NUL", fault.Key, keyed("a\x00b")},
	{"key: duplicate", fault.Key, keyed("a.b", "a.c", "a.b")},

	{"type: value type 13", fault.Type, pair(13, func(r raw) raw { return r.zeros(8) })},
	{"type: value type -1", fault.Type, pair(1<<32-1, func(r raw) raw { return r.zeros(8) })},
	{"type: array of type 13", fault.Type, pair(tArray, func(r raw) raw { return r.array(13, 1).zeros(8) })},
	{"type: nested array", fault.Type, pair(tArray, func(r raw) raw { return r.array(tArray, 1).array(tU8, 1).zeros(8) })},
	{"type: nested 20,000 deep", fault.Type, pair(tArray, func(r raw) raw {
		for range 20_000 {
			r = r.array(tArray, 1)
		}
		return r
	})},

	{"value: a bool of 2", fault.Value, pair(tBool, func(r raw) raw { return r.u8(2) })},

	{"alignment 0", fault.Alignment, aligned(tU32, func(r raw) raw { return r.u32(0) })},
	{"alignment 13", fault.Alignment, aligned(tU32, func(r raw) raw { return r.u32(13) })},
	{"alignment 2^31", fault.Alignment, aligned(tU32, func(r raw) raw { return r.u32(1 << 31) })},
	{"alignment of type i32", fault.Alignment, aligned(tI32, func(r raw) raw { return r.u32(32) })},
	{"alignment of type string", fault.Alignment, aligned(tString, func(r raw) raw { return r.str("32") })},

	{"shape: 5 dimensions", fault.Shape, one(dtype.F32, 0, 128, 2, 2, 2, 2, 2)},
	{"shape: n_dims 2^32-1", fault.Shape, func() []byte { return head(3, 1, 1).arch().str("a.tensor.with.dims").u32(1<<32 - 1).zeros(200) }},
	{"shape: dimension -1", fault.Shape, one(dtype.F32, 0, 128, 1<<64-1)},
	{"overflow: product above 2^63", fault.Overflow, one(dtype.F32, 0, 128, 1<<32, 1<<32)},
	{"overflow: product wraps to 0", fault.Overflow, one(dtype.F32, 0, 128, 1<<32, 1<<32, 1<<32)},
	{"overflow: product wraps to the data present", fault.Overflow, one(dtype.F32, 0, 128, 1<<33, 1<<31+1, 32)},
	{"overflow: bytes wrap", fault.Overflow, one(dtype.F32, 0, 128, 1<<62)},
	{"overflow: rounding up wraps", fault.Overflow, one(dtype.I8, 0, 128, 1<<63-1)},
	{"overflow: the sum wraps", fault.Overflow, one(dtype.I8, 0, 128, 1<<63-128)},
	{"shape: a row that is no multiple of the block", fault.Shape, one(dtype.TQ2_0, 0, 128, 255, 2)},

	{"offset -1", fault.Offset, one(dtype.F32, 1<<64-1, 128, 32)},
	{"bounds: past the end", fault.Bounds, one(dtype.F32, 1<<20, 128, 32)},
	{"bounds: offset and size wrap", fault.Bounds, one(dtype.F32, 1<<63-32, 128, 32)},
	{"offset: unaligned", fault.Offset, one(dtype.F32, 16, 160, 32)},
	{"offset: overlap", fault.Offset, two(0, 64)},
	{"offset: hole", fault.Offset, two(64, 96)},
	{"bounds: one byte short", fault.Bounds, one(dtype.F32, 0, 127, 32)},
	{"bounds: no data", fault.Bounds, one(dtype.F32, 0, 0, 32)},
	{"bounds: I2_S without its tail", fault.Bounds, one(dtype.I2_S, 0, 128*4/4, 128, 4)},
}

var ggufControls = []Case{
	{Name: "no pairs and no tensors", Make: func() []byte { return head(3, 0, 0) }},
	{Name: "version 2", Make: func() []byte { return head(2, 1, 1).arch().entry("a", dtype.F32, 0, 8).data(32) }},
	{Name: "version 3", Make: two(32, 64)},
	{Name: "a zero dimension", Make: one(dtype.F32, 0, 0, 0, 8)},
	{Name: "an F32 scalar", Make: one(dtype.F32, 0, 4)},
	{Name: "alignment 32, said", Make: func() []byte {
		return head(3, 1, 1).key("general.alignment", tU32).u32(32).entry("a", dtype.F32, 0, 8).data(32)
	}},
	{Name: "alignment 64", Make: func() []byte {
		r := head(3, 2, 1).key("general.alignment", tU32).u32(64).entry("a", dtype.F32, 0, 8).entry("b", dtype.F32, 64, 8)
		return r.zeros((64-len(r)%64)%64 + 128)
	}},
	{Name: "the last padding absent", Make: one(dtype.F32, 0, 4, 1)},
	{Name: "100 random pairs and tensors", Make: hundred},
}

// hundred is a sound file of 100 pairs of every type and 100 tensors, by a seed.
func hundred() []byte {
	r := rand.New(rand.NewPCG(1, 2))
	f := head(3, 100, 100)
	for i := range 100 {
		key := "key." + strconv.Itoa(i)
		switch i % 5 {
		case 0:
			f = f.key(key, tU32).u32(r.Uint32())
		case 1:
			f = f.key(key, tString).str(strings.Repeat("ü", r.IntN(50)))
		case 2:
			f = f.key(key, tBool).u8(uint8(r.IntN(2)))
		case 3:
			f = f.key(key, tArray).array(tString, 3).str("").str("b").str("c")
		case 4:
			f = f.key(key, tArray).array(tF32, 2).u32(r.Uint32()).u32(r.Uint32())
		}
	}
	at := 0
	for i := range 100 {
		cols, rows := uint64(r.IntN(9)), uint64(r.IntN(9))
		f = f.entry("tensor."+strconv.Itoa(i), dtype.F32, uint64(at), cols, rows)
		at += (int(4*cols*rows) + 31) &^ 31
	}
	return f.data(at)
}
