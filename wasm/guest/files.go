package main

// The host's files: inputs as an fs.FS for each group, outputs as writers.

import (
	"errors"
	"io"
	"io/fs"
	"time"
)

// group is the folder that the inputs of one group make up.
type group struct {
	j      *job
	inputs map[string]int // index in spec.inputs
}

func (j *job) group(name string) *group {
	g := &group{j: j, inputs: map[string]int{}}
	for i, x := range j.spec.inputs {
		if x.group == name {
			g.inputs[x.name] = i
		}
	}
	return g
}

// Open opens an input, or with "." the folder.
func (g *group) Open(name string) (fs.File, error) {
	if name == "." {
		return &folder{g: g}, nil
	}
	i, ok := g.inputs[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &file{j: g.j, index: uint32(i), input: &g.j.spec.inputs[i]}, nil
}

// file is one input, read through the host.
type file struct {
	j     *job
	index uint32
	input *input
	at    int64 // of Read
}

// ReadAt asks the host until p is full, the file ends or the host fails. p lies on the heap: the request holds it.
func (f *file) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		moved, err := f.j.ask(opRead, f.index, p[n:], off+int64(n))
		switch {
		case err != nil:
			return n, err
		case moved == 0:
			return n, io.EOF
		case moved < 0 || moved > len(p)-n:
			return n, &hostError{"read", f.input.name}
		}
		n += moved
	}
	return n, nil
}

func (f *file) Read(p []byte) (int, error) {
	p = p[:min(int64(len(p)), max(0, f.input.size-f.at))]
	if len(p) == 0 {
		return 0, io.EOF
	}
	n, err := f.ReadAt(p, f.at)
	f.at += int64(n)
	return n, err
}

func (f *file) Stat() (fs.FileInfo, error) { return info{f.input}, nil }
func (f *file) Close() error               { return nil }

// folder lists a group.
type folder struct{ g *group }

var errFolder = errors.New("guest: a folder")

func (d *folder) Read([]byte) (int, error)   { return 0, errFolder }
func (d *folder) Stat() (fs.FileInfo, error) { return info{&input{name: "."}}, nil }
func (d *folder) Close() error               { return nil }

// ReadDir lists all inputs at once, in the host's order.
func (d *folder) ReadDir(int) ([]fs.DirEntry, error) {
	var list []fs.DirEntry
	for i := range d.g.j.spec.inputs {
		x := &d.g.j.spec.inputs[i]
		if _, ok := d.g.inputs[x.name]; ok && d.g.inputs[x.name] == i {
			list = append(list, info{x})
		}
	}
	return list, nil
}

// info is what is known of an input.
type info struct{ x *input }

func (i info) Name() string { return i.x.name }
func (i info) Size() int64  { return i.x.size }
func (i info) IsDir() bool  { return i.x.name == "." }
func (i info) Mode() fs.FileMode {
	if i.IsDir() {
		return fs.ModeDir | 0o555
	}
	return 0o444
}
func (i info) Type() fs.FileMode          { return i.Mode().Type() }
func (i info) ModTime() time.Time         { return time.Time{} }
func (i info) Sys() any                   { return nil }
func (i info) Info() (fs.FileInfo, error) { return i, nil }

// output is one file that the host writes, strictly forward.
type output struct {
	j     *job
	index uint32
	name  string
	at    int64
	wrote func(at int64) // before each request; may be nil
}

// output returns the n-th output of the job.
func (j *job) output(n int, name string) *output {
	return &output{j: j, index: uint32(len(j.spec.inputs) + n), name: name}
}

func (o *output) Write(p []byte) (n int, err error) {
	for n < len(p) {
		if o.wrote != nil {
			o.wrote(o.at)
		}
		moved, err := o.j.ask(opWrite, o.index, p[n:], o.at)
		if err != nil {
			return n, err
		}
		if moved <= 0 || moved > len(p)-n {
			return n, &hostError{"write", o.name}
		}
		n += moved
		o.at += int64(moved)
	}
	return n, nil
}
