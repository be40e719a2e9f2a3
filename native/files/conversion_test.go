package files

// A whole conversion over a file system that fails: at every read, write, sync and rename, once and for good.

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/internal/synth"
)

var small = synth.Shape{Layers: 1, Embd: 256, FFN: 256, Heads: 4, KVHeads: 2, Vocab: 320}

// failingSource is a file system whose opens and reads count as operations.
type failingSource struct {
	fs.FS
	f *failing
}

func (s failingSource) Open(name string) (fs.File, error) {
	if err := s.f.hit(); err != nil {
		return nil, err
	}
	x, err := s.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return &failingReader{x, s.f}, nil
}

type failingReader struct {
	fs.File
	f *failing
}

func (x *failingReader) Read(p []byte) (int, error) {
	if err := x.f.hit(); err != nil {
		return 0, err
	}
	return x.File.Read(p)
}

func (x *failingReader) ReadAt(p []byte, off int64) (int, error) {
	if err := x.f.hit(); err != nil {
		n, _ := x.File.(io.ReaderAt).ReadAt(p[:len(p)/2], off)
		return n, err
	}
	return x.File.(io.ReaderAt).ReadAt(p, off)
}

func (x *failingReader) ReadDir(n int) ([]fs.DirEntry, error) {
	return x.File.(fs.ReadDirFile).ReadDir(n)
}

// conversion converts source to path, as the command does.
func conversion(source fs.FS, sys system, path string) error {
	c, err := checkpoint.Open(source, checkpoint.Options{})
	if err != nil {
		return err
	}
	defer c.Close()
	p, err := convert.NewPlan(c, convert.Options{Type: "i2_s", Parallel: Parallel(2)})
	if err != nil {
		return err
	}
	o, err := create(sys, path, true)
	if err != nil {
		return err
	}
	if err := p.Write(context.Background(), o); err != nil {
		o.Abort()
		return err
	}
	return o.Commit(Parallel(2))
}

func digest(source fstest.MapFS) (sum [32]byte) {
	h := sha256.New()
	fs.WalkDir(source, ".", func(path string, _ fs.DirEntry, _ error) error {
		if f := source[path]; f != nil {
			h.Write(f.Data)
		}
		return nil
	})
	h.Sum(sum[:0])
	return sum
}

func TestAConversionIsWholeOrAbsentWhereverAnOperationFails(t *testing.T) {
	source := synth.Folder(small, synth.Sharded, 1)
	before := digest(source)
	count := &failing{}
	whole := filepath.Join(t.TempDir(), "whole.gguf")
	require.NoError(t, conversion(failingSource{source, count}, faulty{count}, whole))
	want, err := os.ReadFile(whole)
	require.NoError(t, err)
	require.Greater(t, count.n, 40)
	step := 1
	if testing.Short() {
		step = 3
	}
	for at := 1; at <= count.n; at += step {
		for _, sticky := range []bool{false, true} {
			dir := t.TempDir()
			path := filepath.Join(dir, "out.gguf")
			require.NoError(t, os.WriteFile(path, []byte("old"), 0o644))
			f := &failing{at: at, sticky: sticky}
			err := conversion(failingSource{source, f}, faulty{f}, path)
			got, e := os.ReadFile(path)
			require.NoError(t, e)
			if err == nil { // the failed operation was a look for a file that need not be there
				require.True(t, bytes.Equal(got, want), "operation %d: no error, and other bytes", at)
			} else {
				require.ErrorIs(t, err, errInjected, "operation %d", at)
				require.True(t, string(got) == "old" || bytes.Equal(got, want), "operation %d left %d bytes", at, len(got))
			}
			entries, _ := os.ReadDir(dir)
			require.Len(t, entries, 1, "operation %d left a file", at)
		}
	}
	require.Equal(t, before, digest(source))
}

// faulty is a failing system by value, for create.
type faulty struct{ *failing }

// A source that is truncated or replaced while it is converted is an error of class Changed, never a wrong output.
func TestAChangingSourceIsAnError(t *testing.T) {
	dir := t.TempDir()
	for name, f := range synth.Folder(small, synth.Master, 1) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), f.Data, 0o644))
	}
	weights := filepath.Join(dir, "model.safetensors")
	info, err := os.Stat(weights)
	require.NoError(t, err)
	cuts := []int64{info.Size() - 1, info.Size() - 100} // within the last page, where a mapping shows zeros
	for i := range int64(20) {
		cuts = append(cuts, info.Size()*i/20)
	}
	for i, cut := range append(cuts, cuts...) {
		require.NoError(t, os.WriteFile(weights, synth.Folder(small, synth.Master, 1)["model.safetensors"].Data, 0o644))
		root, err := Open(dir)
		require.NoError(t, err)
		c, err := checkpoint.Open(root, checkpoint.Options{})
		require.NoError(t, err)
		p, err := convert.NewPlan(c, convert.Options{Type: "tq2_0", Parallel: Parallel(2), View: i < len(cuts)})
		require.NoError(t, err)
		require.NoError(t, os.Truncate(weights, cut))
		err = Guard(func() error { return p.Write(context.Background(), io.Discard) })
		require.ErrorIs(t, err, fault.ErrChanged, "cut to %d", cut)
		c.Close()
		root.Close()
	}
}

// TestLookingIsReading: a source that is looked at in its mapping makes the bytes that one makes that is read, whole in
// memory or not.
func TestLookingIsReading(t *testing.T) {
	for _, form := range synth.Forms {
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(dir, synth.Folder(synth.Tiny, form, 3)))
		for _, to := range targets(form) {
			var want []byte
			for i, o := range []convert.Options{{}, {View: true}, {View: true, Memory: 1 << 10}} {
				root, err := Open(dir)
				require.NoError(t, err)
				c, err := checkpoint.Open(root, checkpoint.Options{})
				require.NoError(t, err)
				o.Type, o.Parallel = to, Parallel(2)
				if form == synth.Undefined {
					o.Snap = ternary.AbsMean
				}
				p, err := convert.NewPlan(c, o)
				require.NoError(t, err)
				var out bytes.Buffer
				require.NoError(t, Guard(func() error { return p.Write(context.Background(), &out) }), "%s as %s", form, to)
				if i == 0 {
					want = out.Bytes()
				}
				require.True(t, bytes.Equal(want, out.Bytes()), "%s as %s", form, to)
				require.NoError(t, c.Close())
				require.NoError(t, root.Close())
			}
		}
	}
}

// targets are the types to convert a form to: in short runs one, another for each form.
func targets(form synth.Form) []string {
	all := []string{"i2_s", "tq2_0", "bf16"}
	if !testing.Short() {
		return all
	}
	i := len(form) % len(all)
	return all[i : i+1]
}

// TestMain lets the test binary be the program that is killed.
func TestMain(m *testing.M) {
	if out := os.Getenv("TRITKIT_TEST_CONVERT"); out != "" {
		source := synth.Folder(synth.Tiny, synth.Master, 1)
		for {
			if err := conversion(source, disk{}, out); err != nil {
				println(err.Error())
				os.Exit(1)
			}
		}
	}
	os.Exit(m.Run())
}

// kill -9 at any time: the output is absent or whole, and the next run takes the leftovers away.
func TestKilledAtAnyTime(t *testing.T) {
	rounds := 50
	if testing.Short() {
		rounds = 5
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "out.gguf")
	require.NoError(t, conversion(synth.Folder(synth.Tiny, synth.Master, 1), disk{}, out))
	want, err := os.ReadFile(out)
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)
	for i := range rounds {
		os.Remove(out)
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), "TRITKIT_TEST_CONVERT="+out)
		require.NoError(t, cmd.Start())
		time.Sleep(time.Duration(i*7919%97) * time.Millisecond)
		require.NoError(t, cmd.Process.Kill())
		err := cmd.Wait()
		var exit *exec.ExitError
		require.True(t, errors.As(err, &exit) && exit.ExitCode() != 1, "%v", err)
		got, err := os.ReadFile(out)
		require.True(t, errors.Is(err, fs.ErrNotExist) || bytes.Equal(got, want), "round %d left %d bytes", i, len(got))
	}
	require.NoError(t, conversion(synth.Folder(synth.Tiny, synth.Master, 1), disk{}, out))
	entries, _ := os.ReadDir(dir)
	require.Len(t, entries, 1, "leftovers of killed runs")
}

// No space: on /dev/full every write fails with the real error number.
func TestNoSpace(t *testing.T) {
	f, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	o := &Output{path: "x", temp: filepath.Join(t.TempDir(), "x"), sys: disk{}, f: f, hash: sha256.New()}
	_, err = o.Write(make([]byte, 1<<20))
	require.True(t, NoSpace(err), "%v", err)
	require.True(t, NoSpace(o.Commit(nil)), "a failed write is never committed")
}

// A disk that has not the room says so before a byte is written.
func TestReserveOnASmallDisk(t *testing.T) {
	o, err := Create(filepath.Join(t.TempDir(), "x"), false)
	require.NoError(t, err)
	defer o.Abort()
	require.NoError(t, o.Reserve(1<<20))
	if err := o.Reserve(1 << 60); err != nil { // systems without reservation say nothing
		require.ErrorContains(t, err, "reserve")
	}
	require.Zero(t, o.Size())
}
