package host

// What a module may do wrong: the job ends with an error that says so, and the next job runs.

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/internal/synth"
)

var anyFile = fstest.MapFS{"m.gguf": {Data: []byte("GGUF")}}

// block is a request block of the ABI.
func block(op, file, ptr, n uint32, off, done, total uint64) []byte {
	b := binary.LittleEndian.AppendUint32(nil, op)
	for _, x := range []uint32{file, ptr, n} {
		b = binary.LittleEndian.AppendUint32(b, x)
	}
	for _, x := range []uint64{off, done, total} {
		b = binary.LittleEndian.AppendUint64(b, x)
	}
	return b
}

func fakeHost(t *testing.T, o fakeOptions, opts Options) *Host {
	o.abi = 1 << 16
	h, err := New(ctx, fake(o), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Close(ctx)) })
	return h
}

func TestModulesThatAreRefused(t *testing.T) {
	for want, module := range map[string][]byte{
		"ABI version 2.7":           fake(fakeOptions{abi: 2<<16 | 7}),
		"ABI version 0.0":           fake(fakeOptions{}),
		"does not export tk_step":   fake(fakeOptions{abi: 1 << 16, lacks: "tk_step"}),
		"does not export tk_abi":    fake(fakeOptions{abi: 1 << 16, lacks: "tk_abi"}),
		"exports no memory":         fake(fakeOptions{abi: 1 << 16, lacks: "memory"}),
		"unreachable":               fake(fakeOptions{abi: 1 << 16, start: []byte{opUnreachable}}),
		"not a module that can be ": []byte("\x7fELF"),
		"invalid magic":             nil,
		"min 17 pages":              fake(fakeOptions{abi: 1 << 16, pages: 17}),
	} {
		_, err := New(ctx, module, Options{MemoryLimit: 1 << 20})
		require.ErrorContains(t, err, want)
	}
	h, err := New(ctx, fake(fakeOptions{abi: 1<<16 | 9}), Options{}) // a higher minor version only adds
	require.NoError(t, err)
	require.NoError(t, h.Close(ctx))
	for _, limit := range []int64{-1, 1, 1<<32 + 1} {
		_, err = New(ctx, nil, Options{MemoryLimit: limit})
		require.ErrorContains(t, err, "memory limit")
	}
}

func TestAModuleThatFailsIsNotTheEnd(t *testing.T) {
	self := append(append([]byte{opLocalGet, 0, opLocalGet, 1}, opCall, 3), opUnreachable) // tk_step calls itself
	answer := constant(1)
	for name, o := range map[string]fakeOptions{
		"a trap":                         {},
		"endless recursion":              {step: self},
		"a panic inside":                 {step: constant(-99), result: `{"code":"internal"}`},
		"an unknown end":                 {step: constant(-7)},
		"no handle and no error":         {job: -1},
		"a panic when it starts":         {job: -99, result: `{"code":"internal"}`},
		"an error that is no JSON":       {step: constant(-2), result: `{"code":`},
		"an error that lacks members":    {step: constant(-2), result: `{"code":"usage"}`},
		"a read beyond memory":           {step: answer, block: block(opRead, 0, 65530, 100, 0, 0, 0)},
		"a read that wraps around":       {step: answer, block: block(opRead, 0, 1<<32-1, 1<<32-1, 0, 0, 0)},
		"a read of a file nobody gave":   {step: answer, block: block(opRead, 1, 0, 8, 0, 0, 0)},
		"a read at a negative offset":    {step: answer, block: block(opRead, 0, 0, 8, 1<<63, 0, 0)},
		"a write where nothing is":       {step: answer, block: block(opWrite, 1, 0, 8, 0, 0, 0)},
		"a request that nobody knows":    {step: answer, block: block(9, 0, 0, 8, 0, 0, 0)},
		"progress that is no number":     {step: answer, block: block(opRead, 0, 0, 8, 0, 1<<63, 0)},
		"a result that is no JSON":       {step: constant(0), result: "{"},
		"a result that is something els": {step: constant(0), result: `{"format":"gguf"}`},
	} {
		h := fakeHost(t, o, Options{})
		for range 2 {
			_, err := h.Inspect(ctx, anyFile, InspectOptions{})
			require.Error(t, err, name)
			if o.step == nil || o.step[0] != opI32Const || o.step[1] != 0 {
				require.ErrorIs(t, err, ErrModule, name)
			}
		}
	}
}

func TestWritesThatMakeNoSense(t *testing.T) {
	for name, b := range map[string][]byte{
		"another output":  block(opWrite, 2, 0, 8, 0, 0, 0),
		"not from zero":   block(opWrite, 1, 0, 8, 8, 0, 0),
		"over and over":   block(opWrite, 1, 0, 8, 0, 0, 0),
		"an input":        block(opWrite, 0, 0, 8, 0, 0, 0),
		"far beyond":      block(opWrite, 1<<32-1, 0, 8, 0, 0, 0),
		"beyond its size": block(opWrite, 1, 1<<16-4, 8, 0, 0, 0),
	} {
		h := fakeHost(t, fakeOptions{step: constant(1), block: b}, Options{})
		_, err := h.Convert(ctx, anyFile, io.Discard, ConvertOptions{})
		require.ErrorIs(t, err, ErrModule, name)
	}
}

// An endless step cannot be ended from outside but in a strict engine, which header-only jobs have.
func TestStrictEndsAStepThatDoesNotEnd(t *testing.T) {
	h := fakeHost(t, fakeOptions{step: []byte{opLoop, 0x40, opBr, 0, opEnd, opUnreachable}}, Options{Strict: true})
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := h.Inspect(short, anyFile, InspectOptions{})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(start), 20*time.Second)
	stop, cancel := context.WithCancel(ctx)
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err = h.Peek(stop, anyFile, PeekOptions{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestStrictGivesTheSameResults(t *testing.T) {
	h := newHost(t, Options{Strict: true})
	packed := synth.Folder(synth.Micro, synth.Packed, 3)
	want, err := nativeInspect(packed, false)
	require.NoError(t, err)
	got, err := h.Inspect(ctx, packed, InspectOptions{})
	require.NoError(t, err)
	require.Equal(t, jsonText(want), jsonText(got))
	same(t, h, packed, ConvertOptions{Type: "i2_s"}, convert.Options{Type: "i2_s"})
}

// What a job needs beyond the limit is an error of its own class, and the Host goes on.
func TestTheMemoryLimitHolds(t *testing.T) {
	h := newHost(t, Options{MemoryLimit: 6 << 20})
	large := synth.Folder(synth.Shape{Layers: 1, Embd: 1024, FFN: 4096, Heads: 4, KVHeads: 2, Vocab: 320}, synth.MasterF32, 3)
	_, err := h.Convert(ctx, large, io.Discard, ConvertOptions{Type: "i2_s"})
	require.ErrorIs(t, err, fault.ErrMemory)
	require.LessOrEqual(t, h.Memory(), int64(6<<20))
	var b bytes.Buffer
	micro := synth.Folder(synth.Micro, synth.Packed, 3)
	_, err = h.Convert(ctx, micro, &b, ConvertOptions{Type: "i2_s"})
	require.NoError(t, err)
	require.Equal(t, asGGUF(t, micro, "i2_s")["m.gguf"].Data, b.Bytes())
}
