package files

// Files whose bytes can be seen where the system's cache holds them, without being copied: converting and running map
// their weights. A file that another program cuts short meanwhile takes the pages away; Guard makes an error of that.

import (
	"io/fs"
	"os"
	"runtime/debug"
	"sync"
	"unsafe"

	"github.com/edsrzf/mmap-go"
	"github.com/tritkit/tritkit/core/fault"
)

// input is an open file that can be mapped.
type input struct {
	*os.File
	once sync.Once
	data mmap.MMap
}

// Open opens a file for reading. Files of this file system have ReadAt, which never touches a mapping, and View.
func (r *Root) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if osFile, ok := f.(*os.File); ok && err == nil {
		return &input{File: osFile}, nil
	}
	return f, err
}

// View returns n bytes from offset off of a file's mapping, which is made at the first call, or nil where the system
// cannot map it or it ends before. They are to be read under Guard, and not after Close.
func (f *input) View(off, n int64) []byte {
	f.once.Do(func() {
		if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() == 0 || int64(int(info.Size())) != info.Size() {
			return
		}
		if data, err := mmap.Map(f.File, mmap.RDONLY, 0); err == nil {
			f.data = data
			mapped.add(data)
		}
	})
	if off < 0 || n < 0 || n > int64(len(f.data)) || off > int64(len(f.data))-n {
		return nil
	}
	return f.data[off : off+n : off+n]
}

// Forget is the function of that name for bytes of the View.
func (f *input) Forget(off, n int64) { Forget(f.View(off, n)) }

// Close takes the mapping away and closes the file.
func (f *input) Close() error {
	f.once.Do(func() {})
	if f.data != nil {
		mapped.remove(f.data)
		f.data.Unmap()
	}
	return f.File.Close()
}

// Guard runs do, which may read bytes of a View. Where the file has lost them meanwhile, that is a fault of class
// Changed and not the end of the process. It holds for the calling goroutine only.
func Guard(do func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		if v := recover(); v != nil {
			err = Fault(v)
		}
	}()
	return do()
}

// Fault returns the error for a recovered panic that comes of reading a mapping whose file was cut short; it panics
// again with any other.
func Fault(v any) error {
	if at, ok := v.(interface{ Addr() uintptr }); ok && mapped.holds(at.Addr()) {
		return fault.New("files", fault.Changed, "the file of the weights was cut short or replaced while in use").
			Try("leave model files alone while they are used, and start again")
	}
	panic(v)
}

// regions are the mappings that exist.
type regions struct {
	sync.Mutex
	all [][]byte
}

var mapped regions

func (r *regions) add(b []byte) {
	r.Lock()
	defer r.Unlock()
	r.all = append(r.all, b)
}

func (r *regions) remove(b []byte) {
	r.Lock()
	defer r.Unlock()
	for i := range r.all {
		if &r.all[i][0] == &b[0] {
			r.all = append(r.all[:i], r.all[i+1:]...)
			return
		}
	}
}

func (r *regions) holds(at uintptr) bool {
	r.Lock()
	defer r.Unlock()
	for _, b := range r.all {
		if start := uintptr(unsafe.Pointer(&b[0])); at >= start && at-start < uintptr(len(b)) {
			return true
		}
	}
	return false
}
