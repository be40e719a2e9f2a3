package main

// Jobs driven as a host drives them, without WebAssembly: what they give is what core gives, whatever the host does.

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"io/fs"
	"sort"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/inspect"
	"github.com/tritkit/tritkit/internal/synth"
)

// host moves bytes between a job and memory. Its hook may answer a request itself.
type host struct {
	files   [][]byte
	outputs map[int][]byte
	hook    func(n int, q *request) (moved int, answered bool)
	steps   int
}

// options are the JSON of a job over the files of one or more groups.
func (h *host) options(t testing.TB, groups map[string]fstest.MapFS, options string) []byte {
	type member struct {
		Name  string `json:"name"`
		Size  int    `json:"size"`
		Group string `json:"group"`
	}
	list := []member{}
	for _, g := range []string{"a", "b", "tokenizer"} {
		var names []string
		for name := range groups[g] {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			list = append(list, member{name, len(groups[g][name].Data), g})
			h.files = append(h.files, groups[g][name].Data)
		}
	}
	b, err := json.Marshal(map[string]any{"inputs": list, "options": json.RawMessage(options)})
	require.NoError(t, err)
	return b
}

// run steps the job to its end.
func (h *host) run(j *job) int32 {
	h.outputs = map[int][]byte{}
	moved := 0
	for {
		state := j.step(int32(moved))
		if state <= 0 {
			return state
		}
		q := &j.req
		h.steps++
		if h.hook != nil {
			if n, ok := h.hook(h.steps, q); ok {
				moved = n
				continue
			}
		}
		moved = h.serve(q, len(q.buf))
	}
}

// serve moves at most n bytes.
func (h *host) serve(q *request, n int) int {
	switch q.op {
	case opRead:
		data := h.files[q.file]
		return copy(q.buf[:min(n, len(q.buf))], data[min(q.off, int64(len(data))):])
	case opWrite:
		k := int(q.file) - len(h.files)
		if int64(len(h.outputs[k])) != q.off {
			panic("a write that is not strictly forward")
		}
		h.outputs[k] = append(h.outputs[k], q.buf[:n]...)
		return n
	}
	return 0
}

// do runs one job over the folder a, and b.
func do(t testing.TB, h *host, k uint32, options string, a, b fstest.MapFS) (*job, int32) {
	s, err := parse(k, h.options(t, map[string]fstest.MapFS{"a": a, "b": b}, options))
	require.NoError(t, err)
	j := newJob(s)
	t.Cleanup(j.close)
	return j, h.run(j)
}

func openFS(t testing.TB, fsys fs.FS) *checkpoint.Checkpoint {
	c, err := checkpoint.Open(fsys, checkpoint.Options{})
	require.NoError(t, err)
	return c
}

func converted(t testing.TB, fsys fs.FS, o convert.Options) (*convert.Plan, []byte) {
	p, err := convert.NewPlan(openFS(t, fsys), o)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, p.Write(context.Background(), &b))
	return p, b.Bytes()
}

func TestEveryKindGivesWhatCoreGives(t *testing.T) {
	ctx := context.Background()
	master := synth.Folder(synth.Tiny, synth.Master, 3)
	_, b := converted(t, master, convert.Options{Type: "i2_s"})
	gguf := fstest.MapFS{"anything.bin": {Data: b}}
	one := func() *checkpoint.Checkpoint {
		c, err := checkpoint.Open(gguf, checkpoint.Options{}, "anything.bin")
		require.NoError(t, err)
		return c
	}

	j, state := do(t, &host{}, 1, `{}`, gguf, nil)
	require.Zero(t, state, string(j.out))
	require.Equal(t, string(inspect.Show(one()).AppendJSON(nil)), string(j.out))

	j, state = do(t, &host{}, 1, `{"stats":true}`, master, nil)
	require.Zero(t, state, string(j.out))
	c := openFS(t, master)
	r := inspect.Show(c)
	stats, more, err := inspect.Read(ctx, c, inspect.Options{Hash: sha256.New, Detail: true})
	require.NoError(t, err)
	r.Stats, r.Findings = stats, append(r.Findings, more...)
	require.Equal(t, string(r.AppendJSON(nil)), string(j.out))

	j, state = do(t, &host{}, 2, `{"type":"tq2_0"}`, master, nil)
	require.Zero(t, state, string(j.out))
	p, err := convert.NewPlan(c, convert.Options{Type: "tq2_0"})
	require.NoError(t, err)
	require.Equal(t, string(p.AppendJSON(nil)), string(j.out))

	h := &host{}
	j, state = do(t, h, 3, `{"type":"tq2_0","embd":"q6_k"}`, master, nil)
	require.Zero(t, state, string(j.out))
	p, want := converted(t, master, convert.Options{Type: "tq2_0", Embd: "q6_k"})
	require.Equal(t, string(p.AppendJSON(nil)), string(j.out))
	require.True(t, bytes.Equal(want, h.outputs[0]))

	j, state = do(t, &host{}, 4, `{}`, gguf, nil)
	require.Zero(t, state, string(j.out))
	v, err := inspect.Verify(ctx, one(), false, inspect.Options{Hash: sha256.New})
	require.NoError(t, err)
	require.Equal(t, string(v.AppendJSON(nil)), string(j.out))

	j, state = do(t, &host{}, 5, `{"level":"codes"}`, master, gguf)
	require.Zero(t, state, string(j.out))
	d, err := inspect.Diff(ctx, openFS(t, master), one(), "codes", inspect.Options{Hash: sha256.New})
	require.NoError(t, err)
	require.Equal(t, string(d.AppendJSON(nil)), string(j.out))

	h = &host{}
	j, state = do(t, h, 6, `{"set":["general.name=x"],"unset":["general.license"]}`, gguf, nil)
	require.Zero(t, state, string(j.out))
	kv, err := convert.Changes(one(), []string{"general.name=x"}, "")
	require.NoError(t, err)
	e, err := convert.NewEdit(one(), kv, []string{"general.license"})
	require.NoError(t, err)
	var copied bytes.Buffer
	require.NoError(t, e.Write(ctx, &copied))
	require.True(t, bytes.Equal(copied.Bytes(), h.outputs[0]))
	require.Equal(t, string(e.AppendJSON(nil)), string(j.out))

	j, state = do(t, &host{}, 7, `{"tensor":"blk.0.ffn_up.weight","first":7,"count":300}`, gguf, nil)
	require.Zero(t, state, string(j.out))
	s, err := inspect.Peek(ctx, one(), inspect.PeekOptions{Tensor: "blk.0.ffn_up.weight", First: 7, Count: 300})
	require.NoError(t, err)
	require.Equal(t, string(s.AppendJSON(nil)), string(j.out))
}

func TestAFolderIsWrittenFileByFileAsThePlanSays(t *testing.T) {
	_, b := converted(t, synth.Folder(synth.Tiny, synth.Master, 3), convert.Options{Type: "i2_s"})
	h := &host{}
	j, state := do(t, h, 3, `{"type":"hf-packed"}`, fstest.MapFS{"m.gguf": {Data: b}}, nil)
	require.Zero(t, state, string(j.out))
	p, want := converted(t, fstest.MapFS{"m.gguf": {Data: b}}, convert.Options{Type: "hf-packed"})
	require.Len(t, h.outputs, len(p.Files)+1)
	for i, o := range p.Outputs() {
		require.EqualValues(t, o.Bytes, len(h.outputs[i]), o.Name)
	}
	require.True(t, bytes.Equal(p.Files[0].Data, h.outputs[0]))
	require.True(t, bytes.Equal(want, h.outputs[len(p.Files)]))
}

func TestTheHostMayMoveAsFewBytesAsItLikes(t *testing.T) {
	master := synth.Folder(synth.Tiny, synth.Packed, 3)
	_, want := converted(t, master, convert.Options{Type: "q2_0"})
	h := &host{}
	h.hook = func(n int, q *request) (int, bool) {
		if len(q.buf) == 0 {
			return 0, false
		}
		return h.serve(q, min(len(q.buf), 1+n*7919%3000)), true
	}
	j, state := do(t, h, 3, `{"type":"q2_0"}`, master, nil)
	require.Zero(t, state, string(j.out))
	require.True(t, bytes.Equal(want, h.outputs[0]))
}

// At every request the host fails, or says the file ends, or closes the job: it ends, with the right value.
func TestWhateverTheHostAnswersTheJobEnds(t *testing.T) {
	master := synth.Folder(synth.Tiny, synth.Packed, 3)
	_, want := converted(t, master, convert.Options{Type: "i2_s"})
	for at, reached := 1, true; reached; at++ {
		reached = false
		for _, answer := range []int{-1, 0, 1 << 30} {
			var op uint32
			h := &host{}
			h.hook = func(n int, q *request) (int, bool) {
				if n == at {
					op, reached = q.op, true
				}
				return answer, n == at
			}
			j, state := do(t, h, 3, `{"type":"i2_s"}`, master, nil)
			switch {
			case op == 0 || op == opYield:
				require.Zero(t, state)
			case answer == 0 && op == opRead:
				if state == 0 { // asked again, the file was whole
					require.True(t, bytes.Equal(want, h.outputs[0]), "request %d", at)
				}
			default:
				require.EqualValues(t, codeHost, state, "request %d answered %d: %s", at, answer, j.out)
				require.Contains(t, string(j.out), `"code":"internal"`)
			}
		}
	}
}

func TestAClosedJobUnwinds(t *testing.T) {
	master := synth.Folder(synth.Tiny, synth.Packed, 3)
	for at := 0; at < 60; at++ {
		h := &host{}
		s, err := parse(3, h.options(t, map[string]fstest.MapFS{"a": master}, `{"type":"i2_s"}`))
		require.NoError(t, err)
		j := newJob(s)
		h.outputs = map[int][]byte{}
		moved := 0
		for range at {
			require.EqualValues(t, 1, j.step(int32(moved)))
			moved = h.serve(&j.req, len(j.req.buf))
		}
		j.close()
		require.EqualValues(t, codeClosed, j.step(0))
		require.EqualValues(t, codeClosed, j.step(0))
	}
}

func TestProgressRisesToItsTotal(t *testing.T) {
	var last, total int64
	tensors := map[int32]bool{}
	h := &host{}
	h.hook = func(_ int, q *request) (int, bool) {
		if q.phase == writing {
			require.GreaterOrEqual(t, q.done, last)
			last, total = q.done, q.total
			tensors[q.tensor] = true
		}
		return 0, false
	}
	_, state := do(t, h, 3, `{"type":"i2_s"}`, synth.Folder(synth.Tiny, synth.Master, 3), nil)
	require.Zero(t, state)
	require.Positive(t, total)
	require.GreaterOrEqual(t, last, total*9/10)
	require.Greater(t, len(tensors), 20)
}

// While a large tensor is read, the next large one is announced, norms between them or not: only the first comes as a
// surprise.
func TestReadsOfWeightsAreAnnounced(t *testing.T) {
	shape := synth.Shape{Layers: 2, Embd: 1024, FFN: 2048, Heads: 4, KVHeads: 4, Vocab: 320}
	for _, form := range []synth.Form{synth.Master, synth.Packed} {
		var told span
		large, cold := 0, 0
		h := &host{}
		h.hook = func(_ int, q *request) (int, bool) {
			n := int64(len(q.buf))
			if q.op != opRead || q.phase != writing || n < 64<<10 {
				return 0, false
			}
			large++
			if q.off < told.off || q.off+n > told.off+told.len {
				cold++
			}
			told = q.next
			return 0, false
		}
		_, state := do(t, h, 3, `{"type":"i2_s"}`, synth.Folder(shape, form, 3), nil)
		require.Zero(t, state)
		require.GreaterOrEqual(t, large, 15, form)
		require.Equal(t, 1, cold, form)
	}
}

func TestWhatIsNoJobIsRefused(t *testing.T) {
	const inputs = `"inputs":[{"name":"a.gguf","size":1}]`
	for text, word := range map[string]string{
		``:                                       "ends early",
		`{`:                                      "ends early",
		`{} x`:                                   "after the end",
		`{"input":[]}`:                           "input",
		`{"inputs":[{"nam":"a"}]}`:               "nam",
		`{"inputs":[{"name":"a/b"}]}`:            "a/b",
		`{"inputs":[{"name":"..","size":1}]}`:    "..",
		`{"inputs":[{"name":"a","size":-1}]}`:    "negative",
		`{"inputs":[{"name":"a","group":"c"}]}`:  "group",
		`{"inputs":[{"name":"a"},{"name":"a"}]}`: "two inputs",
		`{` + inputs + `,"options":{"level":"codes"}}`:     "level",
		`{` + inputs + `,"options":{"from-layout ":"x"}}`:  "from-layout ",
		`{` + inputs + `,"options":{"type":3}}`:            "wanted a string",
		`{` + inputs + `,"maxMem":"much"}`:                 "wanted an integer",
		`{` + inputs + `,"options":{"assume":["a",true]}}`: "wanted a string",
	} {
		_, err := parse(3, []byte(text))
		require.ErrorContains(t, err, word, text)
	}
	for _, k := range []uint32{0, uint32(len(kinds)), 1 << 31} {
		_, err := parse(k, []byte(`{}`))
		require.Error(t, err)
	}
}

func TestErrorsAreCoresOwn(t *testing.T) {
	master := synth.Folder(synth.Tiny, synth.Master, 3)
	for options, want := range map[string]struct {
		state int32
		text  string
	}{
		`{"type":"tl1"}`:          {codeUnsupported, `"code":"unsupported-type"`},
		`{"type":"nonsense"}`:     {codeArgument, `"code":"usage"`},
		`{"snap":"median"}`:       {codeArgument, `"next":"--snap absmean or nonzero-mean"`},
		`{"from-layout":"mips"}`:  {codeArgument, `"code":"usage"`},
		`{"for":"llama.cpp"}`:     {codeArgument, `"code":"would-misbehave"`},
		`{"assume":["42:tq2_0"]}`: {codeArgument, `"code":"usage"`},
	} {
		j, state := do(t, &host{}, 3, options, master, nil)
		require.Equal(t, want.state, state, string(j.out))
		require.Contains(t, string(j.out), want.text)
	}
	j, state := do(t, &host{}, 1, `{}`, fstest.MapFS{"m.gguf": {Data: []byte("GGUF\x03\x00\x00\x00\x01")}}, nil)
	require.EqualValues(t, codeTruncated, state, string(j.out))
	j, state = do(t, &host{}, 1, `{}`, nil, nil)
	require.EqualValues(t, codeArgument, state, string(j.out))
}

func TestSHA256IsTheStandardOne(t *testing.T) {
	data := make([]byte, 300)
	for i := range data {
		data[i] = byte(i * 31)
	}
	for n := range data {
		want := sha256.Sum256(data[:n])
		h := newSHA256()
		for i := 0; i < n; i += 37 { // in uneven pieces
			h.Write(data[i:min(i+37, n)])
		}
		require.Equal(t, want[:], h.Sum(nil), n)
		io.WriteString(h, "more")
		h.Reset()
		h.Write(data[:n])
		require.Equal(t, append([]byte{1}, want[:]...), h.Sum([]byte{1}))
	}
	require.Equal(t, 32, newSHA256().Size())
	require.Equal(t, 64, newSHA256().BlockSize())
}
