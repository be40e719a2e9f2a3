package host

// Every job through the module against the same job through core.

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/inspect"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/internal/synth"
)

var sentinels = []error{fault.ErrFormat, fault.ErrUnsupported, fault.ErrLimit, fault.ErrNotTernary, fault.ErrNotFinite, fault.ErrNotFound, fault.ErrUsage, fault.ErrMisbehave,
	fault.ErrChanged, fault.ErrMemory}

// sameError holds an error of the module to core's: class, place, words and next step.
func sameError(t testing.TB, want, got error, what ...any) {
	t.Helper()
	if want == nil {
		require.NoError(t, got, what...)
		return
	}
	require.Error(t, got, what...)
	var w, g *fault.Error
	require.Equal(t, errors.As(want, &w), errors.As(got, &g), what...)
	require.Equal(t, want.Error(), got.Error(), what...)
	for _, s := range sentinels {
		require.Equal(t, errors.Is(want, s), errors.Is(got, s), what...)
	}
	if w != nil {
		require.Equal(t, [5]any{w.Class, w.File, w.Tensor, w.Offset, w.Next}, [5]any{g.Class, g.File, g.Tensor, g.Offset, g.Next}, what...)
	}
}

func TestInspectSaysWhatCoreSays(t *testing.T) {
	h := shared(t)
	sources := map[string]fs.FS{"golden": os.DirFS("../../testdata/golden")}
	for _, form := range synth.Forms {
		sources[string(form)] = synth.Folder(synth.Tiny, form, 3)
	}
	for _, typ := range []string{"i2_s", "tq1_0", "tq2_0", "q2_0", "f16"} {
		sources[typ] = asGGUF(t, synth.Folder(synth.Tiny, synth.Packed, 3), typ)
	}
	for name, fsys := range sources {
		for _, stats := range []bool{false, true} {
			want, wantErr := nativeInspect(fsys, stats)
			got, err := h.Inspect(ctx, fsys, InspectOptions{Stats: stats})
			sameError(t, wantErr, err, name)
			if err != nil {
				continue
			}
			require.Equal(t, jsonText(want), string(got.JSON), name)
			require.Equal(t, string(got.JSON), jsonText(got), name)
			require.Equal(t, want.Loads, got.Loads, name)
			require.Equal(t, want.Tensors, got.Tensors, name)
			require.Equal(t, stats, got.Stats != nil)
		}
	}
}

func TestVerifySaysWhatCoreSays(t *testing.T) {
	h := shared(t)
	broken := asGGUF(t, synth.Folder(synth.Tiny, synth.Master, 3), "i2_s")
	broken["m.gguf"].Data[len(broken["m.gguf"].Data)-200] = 0xff // code 3
	for name, fsys := range map[string]fs.FS{
		"packed": synth.Folder(synth.Tiny, synth.Packed, 3), "plain": synth.Folder(synth.Tiny, synth.Undefined, 3), "nan": synth.LitterFolder(synth.HasNaN, 3),
		"i2_s": asGGUF(t, synth.Folder(synth.Tiny, synth.Master, 3), "i2_s"), "broken": broken,
	} {
		for _, quick := range []bool{false, true} {
			want, err := nativeVerify(fsys, quick)
			require.NoError(t, err)
			got, err := h.Verify(ctx, fsys, VerifyOptions{Quick: quick})
			require.NoError(t, err, name)
			require.Equal(t, jsonText(want), jsonText(got), name)
			require.Equal(t, want.Failed(true), got.Failed(true), name)
		}
	}
}

func TestDiffSaysWhatCoreSays(t *testing.T) {
	h := shared(t)
	master := synth.Folder(synth.Tiny, synth.Master, 3)
	sources := []fs.FS{master, asGGUF(t, master, "i2_s"), asGGUF(t, master, "tq2_0"), synth.Folder(synth.Tiny, synth.Master, 4), asGGUF(t, synth.Folder(synth.Micro, synth.Master, 3), "i2_s")}
	for i, a := range sources {
		for k, b := range sources {
			for _, level := range []inspect.Level{inspect.LevelCodes, inspect.LevelScales, inspect.LevelBytes, "nonsense"} {
				x, err := openNative(a)
				require.NoError(t, err)
				y, err := openNative(b)
				require.NoError(t, err)
				want, wantErr := inspect.Diff(ctx, x, y, level, inspect.Options{Hash: sha256.New})
				got, err := h.Diff(ctx, a, b, DiffOptions{Level: level})
				sameError(t, wantErr, err)
				if err == nil {
					require.Equal(t, jsonText(want), jsonText(got), "%d %d %s", i, k, level)
					require.Equal(t, want, got)
				}
			}
		}
	}
}

// The zero Level is the command's.
func TestDiffLevelHasADefault(t *testing.T) {
	m := asGGUF(t, synth.Folder(synth.Micro, synth.Packed, 3), "i2_s")
	d, err := shared(t).Diff(ctx, m, m, DiffOptions{})
	require.NoError(t, err)
	require.Equal(t, inspect.LevelScales, d.Level)
	require.True(t, d.Same)
}

func TestEditWritesWhatCoreWrites(t *testing.T) {
	h := shared(t)
	m := asGGUF(t, synth.Folder(synth.Tiny, synth.Packed, 3), "tq2_0")
	for name, o := range map[string]EditOptions{
		"nothing": {}, "set": {Set: []string{"general.name=ü", "a.b=7"}, As: "u32"}, "unset": {Unset: []string{"general.license"}},
		"refused": {Set: []string{"general.architecture=x"}}, "absent": {Unset: []string{"x"}}, "no pair": {Set: []string{"x"}}, "no number": {Set: []string{"x=y"}, As: "u32"},
	} {
		c, err := openNative(m)
		require.NoError(t, err)
		var want bytes.Buffer
		kv, wantErr := convert.Changes(c, o.Set, o.As)
		if wantErr == nil {
			var e *convert.Edit
			if e, wantErr = convert.NewEdit(c, kv, o.Unset); wantErr == nil {
				wantErr = e.Write(ctx, &want)
			}
		}
		var got bytes.Buffer
		n, err := h.Edit(ctx, m, &got, o)
		sameError(t, wantErr, err, name)
		require.True(t, bytes.Equal(want.Bytes(), got.Bytes()), name)
		if err == nil {
			require.EqualValues(t, got.Len(), n)
		}
	}
}

func TestPeekShowsWhatCoreShows(t *testing.T) {
	h := shared(t)
	packed := synth.Folder(synth.Tiny, synth.Packed, 3)
	m := asGGUF(t, packed, "tq2_0")
	c, err := openNative(m)
	require.NoError(t, err)
	for _, fsys := range []fs.FS{m, packed, asGGUF(t, packed, "i2_s")} {
		list := []inspect.PeekOptions{
			{Tensor: "blk.0.attn_q.weight", First: 250, Count: 300}, {Tensor: "model.layers.0.mlp.up_proj.weight", First: 12}, {Tensor: "token_embd.weight", First: 5, Count: 2},
			{Tensor: "nowhere"}, {}, {Tensor: "output_norm.weight", First: 1 << 40}, {Key: "tokenizer.ggml.tokens", Find: "a", Count: 9}, {Key: "tokenizer.ggml.tokens", Find: "\x00none"},
			{Key: "tokenizer.ggml.tokens", First: 100}, {Key: "nowhere"}, {Tensor: "x", Count: -1},
		}
		for _, kv := range c.GGUF.KV {
			list = append(list, inspect.PeekOptions{Key: kv.Key})
		}
		for _, o := range list {
			n, err := openNative(fsys)
			require.NoError(t, err)
			want, wantErr := inspect.Peek(ctx, n, o)
			got, err := h.Peek(ctx, fsys, PeekOptions{PeekOptions: o})
			sameError(t, wantErr, err, "%+v", o)
			if err == nil {
				require.Equal(t, jsonText(want), jsonText(got))
				require.Equal(t, want.Elements, got.Elements)
			}
		}
	}
}

// targets are the types that convert takes, and ones that it does not.
var targets = []string{"", "i2_s", "tq1_0", "tq2_0", "q2_0", "f16", "bf16", "f32", convert.HFPacked, convert.HFFloat, "tl1", "nonsense"}

// folder collects what ConvertFolder writes, and how.
type folder struct {
	t     testing.TB
	files fstest.MapFS
	bytes map[string]int64 // as announced
	open  bool
}

type folderFile struct {
	f *folder
	*fstest.MapFile
}

func newFolder(t testing.TB) *folder {
	return &folder{t: t, files: fstest.MapFS{}, bytes: map[string]int64{}}
}

func (f *folder) create(name string, bytes int64) (io.WriteCloser, error) {
	require.False(f.t, f.open, "one file at a time")
	f.open = true
	f.files[name], f.bytes[name] = &fstest.MapFile{Data: []byte{}}, bytes
	return &folderFile{f, f.files[name]}, nil
}

func (o *folderFile) Write(p []byte) (int, error) {
	o.Data = append(o.Data, p...)
	return len(p), nil
}

func (o *folderFile) Close() error {
	o.f.open = false
	return nil
}

// every form a source may have, as a folder and as every GGUF.
func sources(t testing.TB) map[string]fs.FS {
	m := map[string]fs.FS{}
	for _, form := range synth.Forms {
		m[string(form)] = synth.Folder(synth.Tiny, form, 5)
	}
	for _, typ := range []string{"i2_s", "tq1_0", "tq2_0", "q2_0", "bf16"} {
		m["gguf "+typ] = asGGUF(t, synth.Folder(synth.Tiny, synth.Packed, 5), typ)
		m["llama gguf "+typ] = asGGUF(t, synth.Folder(synth.Tiny, synth.LlamaPack, 5), typ)
	}
	return m
}

// Native bytes are the module's bytes: every source to every type.
func TestConversionIsByteIdentical(t *testing.T) {
	h := shared(t)
	for name, fsys := range sources(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, typ := range targets {
				same(t, h, fsys, ConvertOptions{Type: typ}, convert.Options{Type: typ})
			}
		})
	}
}

func TestConversionOptionsReachTheModule(t *testing.T) {
	h := shared(t)
	plain := synth.Folder(synth.Tiny, synth.Undefined, 5)
	same(t, h, plain, ConvertOptions{Type: "tq2_0", Snap: "absmean"}, convert.Options{Type: "tq2_0", Snap: ternary.AbsMean})
	same(t, h, plain, ConvertOptions{Type: "i2_s", Snap: "nonzero-mean", Name: "a name"}, convert.Options{Type: "i2_s", Snap: ternary.NonzeroMean, Name: "a name"})
	packed := synth.Folder(synth.Tiny, synth.Packed, 5)
	for _, embd := range []string{"f16", "bf16", "f32", "q8_0", "q6_k", "i2_s"} {
		same(t, h, packed, ConvertOptions{Type: "i2_s", Embd: embd}, convert.Options{Type: "i2_s", Embd: embd})
	}
	same(t, h, packed, ConvertOptions{For: "llama.cpp"}, convert.Options{For: "llama.cpp"})
	same(t, h, packed, ConvertOptions{For: "nobody"}, convert.Options{For: "nobody"})
}

// same converts natively and through the module and compares plan, bytes, report and error.
func same(t testing.TB, h *Host, fsys fs.FS, o ConvertOptions, native convert.Options) {
	t.Helper()
	plan, wantErr := nativePlan(fsys, native)
	got, err := h.Plan(ctx, fsys, o)
	sameError(t, wantErr, err, o.Type)
	if err == nil {
		require.Equal(t, jsonText(plan), string(got.JSON), o.Type)
		require.Equal(t, string(got.JSON), jsonText(got), o.Type)
	}
	plan, want, wantErr := nativeConvert(fsys, native)
	out := newFolder(t)
	if strings.HasPrefix(o.Type, "hf-") {
		_, err = h.Convert(ctx, fsys, io.Discard, o)
		require.ErrorIs(t, err, fault.ErrUsage)
	}
	var last, total int64
	o.Progress = func(d, n int64) {
		require.GreaterOrEqual(t, d, last)
		require.True(t, total == 0 || n == total)
		require.LessOrEqual(t, d, n)
		last, total = d, n
	}
	var b bytes.Buffer
	if strings.HasPrefix(o.Type, "hf-") {
		got, err = h.ConvertFolder(ctx, fsys, out.create, o)
	} else {
		got, err = h.Convert(ctx, fsys, &b, o)
	}
	sameError(t, wantErr, err, o.Type)
	if err != nil {
		return
	}
	require.Equal(t, jsonText(plan), jsonText(got), o.Type)
	require.Equal(t, total, last)
	require.Equal(t, plan.SourceBytes(), total)
	if plan.Container == checkpoint.GGUF {
		require.True(t, bytes.Equal(want, b.Bytes()), o.Type)
		require.EqualValues(t, b.Len(), got.Bytes)
		return
	}
	require.False(t, out.open)
	require.Len(t, out.files, len(plan.Files)+1)
	for name, n := range out.bytes {
		require.EqualValues(t, n, len(out.files[name].Data), name)
	}
	require.True(t, bytes.Equal(want, out.files[convert.WeightsName].Data), o.Type)
	for _, f := range plan.Files {
		require.Equal(t, string(f.Data), string(out.files[f.Name].Data), f.Name)
	}
}

// A folder of a GGUF type is one file without a name.
func TestConvertFolderOfAGGUF(t *testing.T) {
	packed := synth.Folder(synth.Micro, synth.Packed, 5)
	out := newFolder(t)
	_, err := shared(t).ConvertFolder(ctx, packed, out.create, ConvertOptions{Type: "i2_s"})
	require.NoError(t, err)
	require.Equal(t, asGGUF(t, packed, "i2_s")["m.gguf"].Data, out.files[""].Data)
}

func TestFoldersGoneWrongAreRefusedAsCoreRefusesThem(t *testing.T) {
	h := shared(t)
	for _, what := range synth.Litters {
		fsys := synth.LitterFolder(what, 6)
		_, _, wantErr := nativeConvert(fsys, convert.Options{Type: "i2_s"})
		_, err := h.Convert(ctx, fsys, io.Discard, ConvertOptions{Type: "i2_s"})
		sameError(t, wantErr, err, what)
		want, wantErr := nativeInspect(fsys, true)
		got, err := h.Inspect(ctx, fsys, InspectOptions{Stats: true})
		sameError(t, wantErr, err, what)
		if err == nil {
			require.Equal(t, jsonText(want), jsonText(got), what)
		}
	}
	_, wantErr := nativeInspect(fstest.MapFS{}, false)
	_, err := h.Inspect(ctx, fstest.MapFS{}, InspectOptions{})
	sameError(t, wantErr, err)
}

// A file of a folder with several models is named; safetensors keep what lies beside them.
func TestNamesChooseTheModel(t *testing.T) {
	h := shared(t)
	several := synth.Folder(synth.Micro, synth.Packed, 7)
	several["other.safetensors"] = &fstest.MapFile{Data: synth.Folder(synth.Micro, synth.Packed, 8)["model.safetensors"].Data}
	several["m.gguf"] = asGGUF(t, synth.Folder(synth.Micro, synth.Master, 7), "i2_s")["m.gguf"]
	several["pytorch_model.bin"] = &fstest.MapFile{Data: []byte("PK")}
	several["strange\\name"] = &fstest.MapFile{Data: []byte("x")}
	several["\xff"] = &fstest.MapFile{Data: []byte("x")}
	for _, name := range []string{"other.safetensors", "m.gguf", "model.safetensors"} {
		c, err := openNative(several, name)
		require.NoError(t, err)
		got, err := h.Inspect(ctx, several, InspectOptions{Reading: Reading{Names: []string{name}}})
		require.NoError(t, err, name)
		require.Equal(t, jsonText(inspect.Show(c)), jsonText(got), name)
	}
	_, err := h.Inspect(ctx, several, InspectOptions{Reading: Reading{Names: []string{"absent.gguf"}}})
	require.ErrorIs(t, err, fault.ErrNotFound)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = h.Inspect(ctx, fstest.MapFS{"a/b": {}}, InspectOptions{Reading: Reading{Names: []string{"a"}}})
	require.ErrorIs(t, err, fault.ErrUsage)
	d, err := h.Diff(ctx, several, several, DiffOptions{Reading: Reading{Names: []string{"model.safetensors"}}, NamesB: []string{"other.safetensors"}})
	require.NoError(t, err)
	require.False(t, d.Same)
}

func TestTheTokenizerMayLieElsewhere(t *testing.T) {
	h := shared(t)
	whole := synth.Folder(synth.Micro, synth.Packed, 7)
	bare, rest := fstest.MapFS{}, fstest.MapFS{}
	for name, f := range whole {
		if strings.HasPrefix(name, "tokenizer") {
			rest[name] = f
		} else {
			bare[name] = f
		}
	}
	_, err := h.Plan(ctx, bare, ConvertOptions{})
	require.ErrorIs(t, err, fault.ErrNotFound)
	c, err := checkpoint.Open(bare, checkpoint.Options{Tokenizer: rest})
	require.NoError(t, err)
	want, err := convert.NewPlan(c, convert.Options{})
	require.NoError(t, err)
	got, err := h.Plan(ctx, bare, ConvertOptions{Reading: Reading{Tokenizer: rest}})
	require.NoError(t, err)
	require.Equal(t, jsonText(want), jsonText(got))
}

func TestLayoutAndAssumptionsReachTheModule(t *testing.T) {
	h := shared(t)
	m := asGGUF(t, synth.Folder(synth.Tiny, synth.Packed, 7), "i2_s")
	c, err := checkpoint.Open(m, checkpoint.Options{Layout: dtype.ARM64})
	require.NoError(t, err)
	p, err := convert.NewPlan(c, convert.Options{Type: "tq2_0"})
	require.NoError(t, err)
	var want, got bytes.Buffer
	require.NoError(t, p.Write(ctx, &want))
	_, err = h.Convert(ctx, m, &got, ConvertOptions{Type: "tq2_0", Reading: Reading{FromLayout: "arm64"}})
	require.NoError(t, err)
	require.True(t, bytes.Equal(want.Bytes(), got.Bytes()))
	for _, r := range []Reading{{FromLayout: "mips"}, {Assume: []string{"x"}}} {
		_, wantErr := checkpoint.ParseOptions(r.FromLayout, r.Assume)
		_, err := h.Inspect(ctx, m, InspectOptions{Reading: r})
		sameError(t, wantErr, err)
	}
}

// One Host, many jobs at once: each has what it would have alone.
func TestJobsRunSideBySide(t *testing.T) {
	h := shared(t)
	var jobs sync.WaitGroup
	for seed := range uint64(6) {
		fsys := synth.Folder(synth.Tiny, synth.Forms[seed], seed)
		_, want, err := nativeConvert(fsys, convert.Options{Type: "tq2_0"})
		require.NoError(t, err)
		for range 2 {
			jobs.Go(func() {
				var b bytes.Buffer
				if _, err := h.Convert(ctx, fsys, &b, ConvertOptions{Type: "tq2_0"}); err != nil || !bytes.Equal(want, b.Bytes()) {
					t.Errorf("seed %d: %v, %d bytes", seed, err, b.Len())
				}
				if _, err := h.Inspect(ctx, fsys, InspectOptions{}); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
			})
		}
	}
	jobs.Wait()
}

// What a conversion of the largest tensors needs: 2B-4T's own, of one layer, with its vocabulary.
func TestGuestMemoryOfALargeConversion(t *testing.T) {
	if testing.Short() {
		t.Skip("writes a checkpoint of 0.8 GB")
	}
	dir := t.TempDir()
	shape := synth.BitNet2B4T
	shape.Layers = 1
	require.NoError(t, synth.WriteFolder(dir, shape, synth.Master, 1))
	h := newHost(t, Options{})
	for _, typ := range []string{"i2_s", "tq1_0", "tq2_0", "q2_0", "f16", "f32"} {
		_, err := h.Convert(ctx, os.DirFS(dir), io.Discard, ConvertOptions{Type: typ})
		require.NoError(t, err)
		t.Logf("%s: at most %.1f MiB so far", typ, float64(h.Memory())/(1<<20))
		require.LessOrEqual(t, h.Memory(), int64(64<<20), typ)
	}
}

func TestInterpretedKnowsWazerosSystems(t *testing.T) {
	for x, want := range map[[2]string]bool{
		{"linux", "amd64"}: false, {"darwin", "arm64"}: false, {"windows", "amd64"}: false, {"solaris", "amd64"}: false, {"linux", "riscv64"}: true, {"linux", "386"}: true,
		{"openbsd", "amd64"}: true, {"dragonfly", "arm64"}: true,
	} {
		require.Equal(t, want, interpreted(x[0], x[1], true), x)
	}
	require.True(t, interpreted("linux", "amd64", false))
	require.False(t, interpreted("linux", "arm64", false))
	if runtime.GOARCH == "amd64" && runtime.GOOS == "linux" {
		require.False(t, Interpreted())
	}
}

// The folder of compiled modules is used, and a wrong one is an error that says so.
func TestCacheDir(t *testing.T) {
	dir := t.TempDir()
	h, err := New(ctx, fake(fakeOptions{abi: 1 << 16}), Options{CacheDir: dir})
	require.NoError(t, err)
	require.NoError(t, h.Close(ctx))
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	_, err = New(ctx, nil, Options{CacheDir: files[0]})
	require.ErrorContains(t, err, "folder for compiled modules")
}
