package host

// What this side of the boundary may do wrong, at every point: reading fails, stutters, ends early; writing fails; the
// context is done.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/internal/synth"
)

// watched is a folder that counts its reads and lets one of them, or all, go another way.
type watched struct {
	fstest.MapFS
	reads *int
	read  func(n int, r io.ReaderAt, p []byte, off int64) (int, error) // of the n-th read, from 1 on
}

func watch(m fstest.MapFS, read func(n int, r io.ReaderAt, p []byte, off int64) (int, error)) watched {
	return watched{m, new(int), read}
}

func (w watched) Open(name string) (fs.File, error) {
	f, err := w.MapFS.Open(name)
	if _, ok := f.(io.ReaderAt); !ok {
		return f, err
	}
	return watchedFile{f, w}, err
}

type watchedFile struct {
	fs.File
	w watched
}

func (f watchedFile) ReadAt(p []byte, off int64) (int, error) {
	*f.w.reads++
	return f.w.read(*f.w.reads, f.File.(io.ReaderAt), p, off)
}

var errDisk = errors.New("the disk is on fire")

// jobsOf are jobs that read everything there is, each returning what it wrote and its error.
func jobsOf(h *Host) map[string]func(context.Context, fs.FS) ([]byte, error) {
	return map[string]func(context.Context, fs.FS) ([]byte, error){
		"convert": func(ctx context.Context, f fs.FS) ([]byte, error) {
			var b bytes.Buffer
			_, err := h.Convert(ctx, f, &b, ConvertOptions{Type: "i2_s"})
			return b.Bytes(), err
		},
		"inspect": func(ctx context.Context, f fs.FS) ([]byte, error) {
			r, err := h.Inspect(ctx, f, InspectOptions{Stats: true})
			if err != nil {
				return nil, err
			}
			return r.JSON, nil
		},
	}
}

func TestEveryReadMayFail(t *testing.T) {
	micro := synth.Folder(synth.Micro, synth.Master, 3)
	for name, job := range jobsOf(shared(t)) {
		want, err := job(ctx, micro)
		require.NoError(t, err)
		for at := 1; ; at++ {
			w := watch(micro, func(n int, r io.ReaderAt, p []byte, off int64) (int, error) {
				if n == at {
					k, _ := r.ReadAt(p[:len(p)/2], off) // some bytes may come before the error
					return k, errDisk
				}
				return r.ReadAt(p, off)
			})
			got, err := job(ctx, w)
			if *w.reads < at {
				require.NoError(t, err)
				require.True(t, bytes.Equal(want, got))
				require.Greater(t, at, 20, name)
				break
			}
			if err == nil { // a config that cannot be read is a finding of inspect's
				require.Equal(t, "inspect", name)
				require.Contains(t, string(got), "could not read")
				continue
			}
			require.ErrorIs(t, err, errDisk, "%s, read %d", name, at)
		}
	}
}

func TestEveryReadMayMeetTheEnd(t *testing.T) {
	micro := synth.Folder(synth.Micro, synth.Master, 3)
	for name, job := range jobsOf(shared(t)) {
		want, err := job(ctx, micro)
		require.NoError(t, err)
		for at := 1; ; at++ {
			var cut *int64
			var file io.ReaderAt
			w := watch(micro, func(n int, r io.ReaderAt, p []byte, off int64) (int, error) {
				if n == at {
					end := off + int64(len(p))/2
					cut, file = &end, r
				}
				if cut != nil && sameFile(file, r) && off+int64(len(p)) > *cut {
					k, _ := r.ReadAt(p[:max(0, *cut-off)], off)
					return k, io.EOF
				}
				return r.ReadAt(p, off)
			})
			got, err := job(ctx, w)
			if *w.reads < at {
				require.NoError(t, err)
				require.True(t, bytes.Equal(want, got))
				break
			}
			var e *fault.Error
			if err != nil {
				require.ErrorAs(t, err, &e, "%s, read %d", name, at)
				require.True(t, errors.Is(err, fault.ErrChanged) || errors.Is(err, fault.ErrFormat), "%s, read %d: %v", name, at, err)
			}
		}
	}
}

// sameFile reports whether two open files are of one name.
func sameFile(a, b io.ReaderAt) bool {
	x, _ := a.(fs.File).Stat()
	y, _ := b.(fs.File).Stat()
	return x.Name() == y.Name()
}

func TestReadsMayBeOfOneByte(t *testing.T) {
	micro := synth.Folder(synth.Micro, synth.Packed, 3)
	w := watch(micro, func(n int, r io.ReaderAt, p []byte, off int64) (int, error) { return r.ReadAt(p[:min(1, len(p))], off) })
	for name, job := range jobsOf(shared(t)) {
		want, err := job(ctx, micro)
		require.NoError(t, err)
		got, err := job(ctx, w)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got), name)
	}
}

// Readers that break the rules of io.ReaderAt are errors, and nothing worse.
func TestReadersThatLie(t *testing.T) {
	micro := synth.Folder(synth.Micro, synth.Packed, 3)
	for want, read := range map[string]func(n int, r io.ReaderAt, p []byte, off int64) (int, error){
		"returned 1073741824 for": func(int, io.ReaderAt, []byte, int64) (int, error) { return 1 << 30, nil },
		"returned -5 for":         func(int, io.ReaderAt, []byte, int64) (int, error) { return -5, nil },
		"no data or error":        func(int, io.ReaderAt, []byte, int64) (int, error) { return 0, nil },
	} {
		_, err := shared(t).Plan(ctx, watch(micro, read), ConvertOptions{})
		require.ErrorContains(t, err, want)
	}
	_, err := shared(t).Plan(ctx, unopened{micro}, ConvertOptions{})
	require.ErrorIs(t, err, fs.ErrPermission)
	_, err = shared(t).Plan(ctx, sequential{micro}, ConvertOptions{})
	require.ErrorIs(t, err, fault.ErrUsage)
}

// unopened is a folder whose files may not be opened.
type unopened struct{ fstest.MapFS }

func (u unopened) Open(name string) (fs.File, error) {
	if name == "." {
		return u.MapFS.Open(name)
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

// sequential is a folder whose files cannot be read at an offset.
type sequential struct{ fstest.MapFS }

func (s sequential) Open(name string) (fs.File, error) {
	f, err := s.MapFS.Open(name)
	if _, ok := f.(io.ReaderAt); ok {
		return struct{ fs.File }{f}, err
	}
	return f, err
}

// failing is a writer whose n-th write fails; with short it takes half, and says nothing.
type failing struct {
	bytes.Buffer
	n     int
	short bool
}

func (f *failing) Write(p []byte) (int, error) {
	if f.n--; f.n != 0 {
		return f.Buffer.Write(p)
	}
	n, _ := f.Buffer.Write(p[:len(p)/2])
	if f.short && len(p) > 0 {
		return n, nil
	}
	return n, errDisk
}

func TestEveryWriteMayFail(t *testing.T) {
	h := shared(t)
	micro := synth.Folder(synth.Micro, synth.Packed, 3)
	want := asGGUF(t, micro, "i2_s")["m.gguf"].Data
	for _, short := range []bool{false, true} {
		for at := 1; ; at++ {
			w := &failing{n: at, short: short}
			_, err := h.Convert(ctx, micro, w, ConvertOptions{Type: "i2_s"})
			if w.n > 0 {
				require.NoError(t, err)
				require.Equal(t, want, w.Bytes())
				require.Greater(t, at, 5)
				break
			}
			if short {
				require.ErrorIs(t, err, io.ErrShortWrite)
			} else {
				require.ErrorIs(t, err, errDisk)
			}
			require.Equal(t, want[:w.Len()], w.Bytes(), "what was written is the beginning")
		}
	}
}

func TestEveryFileOfAFolderMayFail(t *testing.T) {
	h := shared(t)
	micro := synth.Folder(synth.Micro, synth.Master, 3)
	p, err := h.Plan(ctx, micro, ConvertOptions{Type: convert.HFPacked})
	require.NoError(t, err)
	require.Greater(t, len(p.Files), 3)
	for i := range p.Files {
		for _, when := range []string{"create", "close"} {
			n, open := 0, 0
			_, err := h.ConvertFolder(ctx, micro, func(name string, _ int64) (io.WriteCloser, error) {
				require.Equal(t, p.Files[n].Name, name)
				bad := n == i
				n++
				if bad && when == "create" {
					return nil, errDisk
				}
				open++
				return &closing{bad: bad, open: &open}, nil
			}, ConvertOptions{Type: convert.HFPacked})
			require.ErrorIs(t, err, errDisk)
			require.Equal(t, i+1, n)
			require.Zero(t, open, "what was opened is closed")
		}
	}
}

type closing struct {
	bytes.Buffer
	bad  bool
	open *int
}

func (c *closing) Close() error {
	*c.open--
	if c.bad {
		return errDisk
	}
	return nil
}

// countdown is a context that is cancelled at the n-th look at it.
type countdown struct {
	context.Context
	n *int
}

func (c countdown) Err() error {
	if *c.n--; *c.n < 0 {
		return context.Canceled
	}
	return nil
}

func TestACancelledJobEndsAtEveryStep(t *testing.T) {
	micro := synth.Folder(synth.Micro, synth.Master, 3)
	for name, job := range jobsOf(shared(t)) {
		want, err := job(ctx, micro)
		require.NoError(t, err)
		for at := 0; ; at++ {
			n := at
			got, err := job(countdown{ctx, &n}, micro)
			if err == nil {
				require.True(t, bytes.Equal(want, got))
				require.Greater(t, at, 40, name)
				break
			}
			require.ErrorIs(t, err, context.Canceled, "%s, step %d", name, at)
		}
		got, err := job(ctx, micro) // the Host goes on
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, got))
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err := shared(t).Convert(done, micro, io.Discard, ConvertOptions{})
	require.ErrorIs(t, err, context.Canceled)
}

// A file that is shorter than its entry says, or was replaced by a longer one, is no other model.
func TestAFileThatHasChanged(t *testing.T) {
	h := shared(t)
	m := asGGUF(t, synth.Folder(synth.Tiny, synth.Packed, 3), "i2_s")
	data := m["m.gguf"].Data
	cut := watch(m, func(n int, r io.ReaderAt, p []byte, off int64) (int, error) {
		return bytes.NewReader(data[:len(data)-100]).ReadAt(p, off)
	})
	_, err := h.Convert(ctx, cut, io.Discard, ConvertOptions{Type: "tq2_0"})
	require.Error(t, err)
	require.True(t, errors.Is(err, fault.ErrChanged), "%v", err)
}
