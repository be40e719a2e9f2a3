package host

// The files of a job: inputs out of an fs.FS, outputs into writers.

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/fault"
)

// Groups of inputs.
const (
	groupA         = "a"
	groupB         = "b"
	groupTokenizer = "tokenizer"
)

// input is one file that the module may read. It is opened when it is first read.
type input struct {
	fsys        fs.FS
	name, group string
	size        int64
	file        fs.File
	r           io.ReaderAt
}

// gather returns the inputs that a model in fsys is made of: the files named, with what lies beside safetensors and may
// belong to them; without names all files of the folder. A folder that holds no weights is refused as core refuses it.
func gather(fsys fs.FS, group string, names []string) ([]*input, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil && len(names) == 0 {
		return nil, err
	}
	if len(names) == 0 && group != groupTokenizer && !slices.ContainsFunc(entries, weights) {
		_, err := checkpoint.Open(listing(entries), checkpoint.Options{})
		return nil, err
	}
	var list []*input
	add := func(name string) error {
		info, err := fs.Stat(fsys, name)
		if err == nil && info.Mode().IsRegular() {
			list = append(list, &input{fsys: fsys, name: name, group: group, size: info.Size()})
		}
		return err
	}
	beside := len(names) == 0
	for _, name := range names {
		n := len(list)
		if err := add(name); errors.Is(err, fs.ErrNotExist) {
			return nil, missing(name).Because(err)
		} else if err != nil {
			return nil, err
		} else if len(list) == n {
			return nil, unreadable(name)
		}
		beside = beside || strings.HasSuffix(name, ".safetensors")
	}
	for _, e := range entries {
		if !beside || !sound(e.Name()) || len(names) > 0 && !small(e.Name()) {
			continue
		}
		if err := add(e.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) { // a link to nowhere is no file
			return nil, err
		}
	}
	return list, nil
}

func missing(name string) *fault.Error {
	return &fault.Error{Class: fault.NotFound, Pkg: "host", File: name, Offset: -1, Msg: "no such file"}
}

func unreadable(name string) *fault.Error {
	return &fault.Error{Class: fault.Usage, Pkg: "host", File: name, Offset: -1, Msg: "not a file that can be read at an offset"}
}

// weights reports whether core would look for a checkpoint in a file of that name.
func weights(e fs.DirEntry) bool {
	return strings.HasSuffix(e.Name(), ".gguf") || strings.HasSuffix(e.Name(), ".safetensors") || strings.HasSuffix(e.Name(), ".safetensors.index.json")
}

// listing is a folder that can be looked at and holds nothing. Core says what is missing in it by its names alone.
type listing []fs.DirEntry

func (l listing) ReadDir(string) ([]fs.DirEntry, error) { return l, nil }
func (l listing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// sound reports whether the module can be told of a file of that name.
func sound(name string) bool { return utf8.ValidString(name) && !strings.Contains(name, `\`) }

// small reports whether a file may belong to weights beside it: config, tokenizer, card.
func small(name string) bool {
	if strings.HasPrefix(name, "adapter_") || strings.HasSuffix(name, ".index.json") {
		return false
	}
	for _, end := range []string{".json", ".jinja", ".txt", ".model", ".md"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return name == "LICENSE"
}

// readAt reads straight into the module's memory. It returns 0 and no error at the end of the file.
func (in *input) readAt(p []byte, off int64) (int, error) {
	if in.r == nil {
		if err := in.open(); err != nil {
			return 0, err
		}
	}
	n, err := in.r.ReadAt(p, off)
	switch {
	case n < 0 || n > len(p):
		return 0, fmt.Errorf("host: %s: its ReadAt returned %d for %d bytes", in.name, n, len(p))
	case err == io.EOF || err == nil && n > 0:
		return n, nil
	case err == nil && len(p) > 0:
		return 0, fmt.Errorf("host: %s: %w", in.name, io.ErrNoProgress)
	}
	return n, err
}

func (in *input) open() (err error) {
	if in.file, err = in.fsys.Open(in.name); err != nil {
		return err
	}
	r, ok := in.file.(io.ReaderAt)
	if !ok {
		return unreadable(in.name)
	}
	in.r = r
	return nil
}

func (in *input) close() {
	if in.file != nil {
		in.file.Close()
	}
}

// sink takes what a job writes: one output after the other, each strictly forward.
type sink struct {
	create func(i int) (io.Writer, error) // the i-th output
	files  int                            // how many there are
	next   int                            // of create
	w      io.Writer
	at     int64
}

// single is the sink of a job with one output.
func single(w io.Writer) *sink {
	return &sink{files: 1, create: func(int) (io.Writer, error) { return struct{ io.Writer }{w}, nil }} // the caller's to close
}

// write writes p to output i at off. err is a request that makes no sense.
func (s *sink) write(i int, p []byte, off int64) (n int, failed, err error) {
	if i >= s.files || i < s.next-1 {
		return 0, nil, fmt.Errorf("host: %w: it writes output %d of %d", ErrModule, i, s.files)
	}
	if failed := s.upTo(i); failed != nil {
		return 0, failed, nil
	}
	if off != s.at {
		return 0, nil, fmt.Errorf("host: %w: it writes at %d, not at %d", ErrModule, off, s.at)
	}
	n, failed = s.w.Write(p)
	if failed == nil && n != len(p) {
		failed = io.ErrShortWrite
	}
	s.at += int64(n)
	return n, failed, nil
}

// upTo makes i the output that is written to: those before it are complete, or have no bytes.
func (s *sink) upTo(i int) error {
	for s.next <= i {
		if err := s.end(); err != nil {
			return err
		}
		w, err := s.create(s.next)
		if err != nil {
			return err
		}
		s.w, s.at = w, 0
		s.next++
	}
	return nil
}

// end closes the present output.
func (s *sink) end() error {
	c, ok := s.w.(io.Closer)
	s.w = nil
	if !ok {
		return nil
	}
	return c.Close()
}

// finish ends the outputs; where all went well, those that have no bytes exist too.
func (s *sink) finish(well bool) error {
	if well {
		if err := s.upTo(s.files - 1); err != nil {
			return err
		}
	}
	return s.end()
}
