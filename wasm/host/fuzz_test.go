package host

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/json"
	"github.com/tritkit/tritkit/internal/malformed"
	"github.com/tritkit/tritkit/internal/synth"
)

// states are what docs/abi.md lets a job end in, whatever it is given: no -99, which is a panic.
var states = []int32{0, -1, -2, -3, -4, -5, -6, -8}

// FuzzGuestABI gives the module any options, any bytes as files and any answers, by the letter of the ABI: it never traps
// nor panics, its requests lie in its memory, its text is JSON, and it comes to an end.
func FuzzGuestABI(f *testing.F) {
	micro := asGGUF(f, synth.Folder(synth.Micro, synth.Packed, 1), "i2_s")["m.gguf"].Data
	folder := synth.Folder(synth.Micro, synth.Packed, 1)
	for kind, options := range []string{"", "", `"type":"tq2_0"`, `"type":"i2_s"`, "", `"level":"codes"`, `"set":["general.name=x"],"unset":["general.license"]`, `"key":"tokenizer.ggml.tokens","find":"a"`} {
		f.Add(uint32(kind), options, []byte{0}, micro, micro, "m.gguf")
		f.Add(uint32(kind), options, []byte{0, 9, 3, 1}, folder["model.safetensors"].Data, folder["config.json"].Data, "model.safetensors")
	}
	f.Add(uint32(1), `"stats":true`, []byte{}, micro, []byte{}, "a")
	f.Add(uint32(4), `"quick":true`, []byte{200}, malformed.GGUF()[40].Make(), []byte{}, "\x00\xff/..")
	f.Add(uint32(9), `{`, []byte{}, []byte{}, []byte{}, "")
	h := shared(f)
	f.Fuzz(func(t *testing.T, kind uint32, options string, answers, a, b []byte, name string) {
		x, err := h.newInstance(ctx, &h.plain)
		require.NoError(t, err)
		defer x.close(ctx)
		spec := []byte(options)
		if !strings.HasPrefix(options, "{") {
			spec = abiSpec(options, name, len(a), len(b))
		}
		fuzzJob(t, x, kind, spec, answers, [][]byte{a, b})
		fuzzJob(t, x, kind, spec, nil, [][]byte{a, b}) // the instance takes another one, of the same files
	})
}

// abiSpec are the options of a job over two files, the second in both groups' place where there may be one.
func abiSpec(options, name string, a, b int) []byte {
	s := []byte(`{"inputs":[{"name":`)
	s = json.AppendString(s, name)
	s = json.AppendInt(append(s, `,"size":`...), int64(a))
	s = append(s, `},{"name":"config.json","size":`...)
	s = json.AppendInt(s, int64(b))
	if strings.Contains(options, "level") {
		s = append(s, `,"group":"b"`...)
	}
	return append(append(append(s, `}],"options":{`...), options...), `},"maxMem":65536}`...)
}

// fuzzJob runs one job; answers say how each request is served, and are used over and over.
func fuzzJob(t *testing.T, x *instance, kind uint32, spec, answers []byte, files [][]byte) {
	ptr := uint32(0)
	if len(spec) > 0 {
		var err error
		ptr, err = x.put(ctx, spec)
		require.NoError(t, err)
	}
	handle, err := x.call(ctx, x.job, kind, ptr, uint32(len(spec)))
	require.NoError(t, err)
	if handle < 0 {
		require.Contains(t, states, handle)
		readable(t, x, 0)
		return
	}
	require.Positive(t, handle)
	block, err := x.call(ctx, x.req, uint32(handle))
	require.NoError(t, err)
	size := len(spec)
	for _, f := range files {
		size += len(f)
	}
	for moved, n := int32(0), 0; ; n++ {
		require.Less(t, n, 5_000+100*size, "it does not come to an end")
		state, err := x.call(ctx, x.step, uint32(handle), uint32(moved))
		require.NoError(t, err)
		if state != 1 {
			require.Contains(t, states, state)
			readable(t, x, uint32(handle))
			break
		}
		moved = answer(t, x, uint32(block), answers, n, files)
	}
	end, err := x.call(ctx, x.step, uint32(handle), 0) // it stays ended
	require.NoError(t, err)
	require.LessOrEqual(t, end, int32(0))
	_, err = x.call(ctx, x.mod.ExportedFunction("tk_close"), uint32(handle))
	require.NoError(t, err)
	end, err = x.call(ctx, x.step, uint32(handle), 0)
	require.NoError(t, err)
	require.EqualValues(t, stateClosed, end)
	_, err = x.call(ctx, x.mod.ExportedFunction("tk_free"), ptr)
	require.NoError(t, err)
}

// answer serves a request as the n-th answer says: truly, in part, not at all, with a failure or with a lie.
func answer(t *testing.T, x *instance, block uint32, answers []byte, n int, files [][]byte) int32 {
	q, err := x.request(block)
	require.NoError(t, err)
	if q.op == opYield {
		return 0
	}
	view, err := x.view(q.ptr, q.len)
	require.NoError(t, err)
	how := byte(0)
	if len(answers) > 0 {
		how = answers[n%len(answers)]
	}
	switch {
	case how == 1:
		return 0
	case how == 2:
		return -1
	case how == 3:
		view = view[:min(1, len(view))]
	case how == 4:
		return 1<<31 - 1
	case how == 5:
		return -1 << 31
	case how == 6:
		view = view[:len(view)/2]
	}
	if q.op == opRead && int(q.file) < len(files) {
		f := files[q.file]
		return int32(copy(view, f[min(q.off, int64(len(f))):]))
	}
	require.EqualValues(t, opWrite, q.op)
	return int32(len(view))
}

// readable holds a result or an error to being JSON in the module's memory.
func readable(t *testing.T, x *instance, handle uint32) {
	out, err := x.result(ctx, handle)
	require.NoError(t, err)
	d := json.NewDecoder(out, json.Limits{Members: 1 << 30})
	require.NoError(t, d.Skip(), "%q", out)
	require.NoError(t, d.End(), "%q", out)
}
