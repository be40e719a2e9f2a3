package files

// Output that is whole or absent: a temporary file in the target's folder, written forward, synced, read back, renamed.

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/tritkit/tritkit/core/fault"
)

// ErrExists is the refusal to replace what is there already.
var ErrExists = errors.New("files: the output exists already")

// ErrReadBack means that the file does not hold what was written to it.
var ErrReadBack = errors.New("files: reading the output back gave other bytes: the disk or its cable is failing")

const (
	checkPiece = 4 << 20   // bytes under one checksum
	checkStep  = 256 << 10 // of them read at once: they stay in the caches
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// system is the file operations of an output, so that a test can make any one of them fail.
type system interface {
	Create(path string) (file, error) // exclusively
	Rename(from, to string) error
	Remove(path string) error
	SyncDir(path string) error
}

type file interface {
	io.Writer
	io.ReaderAt
	Sync() error
	Close() error
}

// Output is a file being written. Not safe for concurrent use. End it with Commit or Abort.
type Output struct {
	path, temp string
	sys        system
	f          file
	hash       hash.Hash
	sums       []uint32 // of each checkPiece
	sum        uint32
	size       int64
	synced     time.Duration
	failed     error // of the first Write that failed
}

// Create starts the output at path. An existing file is ErrExists unless force is set; it stays until Commit. What is
// there and is no file, such as /dev/null or a folder, is a fault of class Usage: a file would take its place.
func Create(path string, force bool) (*Output, error) { return create(disk{}, path, force) }

func create(sys system, path string, force bool) (*Output, error) {
	if at, err := os.Stat(path); err == nil && !at.Mode().IsRegular() {
		return nil, fault.New("files", fault.Usage, path, " is not a file, and would be replaced by one").Try("name a new file")
	}
	if _, err := os.Lstat(path); err == nil && !force {
		return nil, &fs.PathError{Op: "create", Path: path, Err: ErrExists}
	}
	sweep(filepath.Dir(path))
	temp := filepath.Join(filepath.Dir(path), tempName())
	f, err := sys.Create(temp)
	if err != nil {
		return nil, err
	}
	return &Output{path: path, temp: temp, sys: sys, f: f, hash: sha256.New()}, nil
}

func tempName() string {
	var random [8]byte
	rand.Read(random[:])
	return tempPrefix + hex.EncodeToString(random[:]) + tempSuffix
}

// Reserve asks the disk for the n bytes that are going to be written, where it can: one that is full says so now.
func (o *Output) Reserve(n int64) error {
	if f, ok := o.f.(*os.File); ok {
		return reserve(f, n)
	}
	return nil
}

// Write appends p: Put, then Digest.
func (o *Output) Write(p []byte) (int, error) {
	o.Digest(p)
	return o.Put(p)
}

// Put stores the next bytes of the file, and takes their checksums, by which they are read back. The same bytes go to
// Digest, at the same time or another: the two share nothing. A failed file is never committed.
func (o *Output) Put(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		k := min(len(p)-done, checkPiece-int(o.size%checkPiece))
		part := p[done : done+k]
		o.sum = crc32.Update(o.sum, castagnoli, part)
		n, err := o.f.Write(part)
		o.size += int64(n)
		done += n
		if err != nil {
			if o.failed == nil {
				o.failed = err
			}
			return done, err
		}
		if o.size%checkPiece == 0 {
			o.sums, o.sum = append(o.sums, o.sum), 0
		}
	}
	return done, nil
}

// Digest takes the next bytes of the file into its SHA-256.
func (o *Output) Digest(p []byte) { o.hash.Write(p) }

// Size returns how many bytes were written.
func (o *Output) Size() int64 { return o.size }

// Synced returns how long Commit waited for the disk: the part of the time that is not this program's work.
func (o *Output) Synced() time.Duration { return o.synced }

// SHA256 returns the digest of what was written, in hexadecimal.
func (o *Output) SHA256() string { return hex.EncodeToString(o.hash.Sum(nil)) }

// Commit syncs the file, reads it back unless verify is nil, and gives it its name. After an error nothing is left.
//
// verify runs the pieces of reading back, as Parallel does.
func (o *Output) Commit(verify func(n int, do func(i int) error) error) error {
	if o.size%checkPiece != 0 {
		o.sums, o.sum = append(o.sums, o.sum), 0
	}
	err := o.failed
	if err == nil {
		err = o.settle(verify)
	}
	if runtime.GOOS == "windows" || err != nil { // which renames no open file; elsewhere the lock is kept until the end
		err = errors.Join(err, o.f.Close())
	}
	if err == nil {
		err = o.sys.Rename(o.temp, o.path)
	}
	if err != nil {
		o.f.Close()
		o.sys.Remove(o.temp)
		return err
	}
	o.f.Close() // synced already
	return o.sys.SyncDir(filepath.Dir(o.path))
}

// settle waits for the disk, and reads back meanwhile what the system holds.
func (o *Output) settle(verify func(n int, do func(i int) error) error) error {
	if verify == nil {
		return o.sync()
	}
	return verify(1+len(o.sums), func(i int) error {
		if i == 0 {
			return o.sync()
		}
		return o.readBack(i - 1)
	})
}

func (o *Output) sync() error {
	start := time.Now()
	err := o.f.Sync()
	o.synced = time.Since(start)
	return err
}

func (o *Output) readBack(i int) error {
	at := int64(i) * checkPiece
	end := min(at+checkPiece, o.size)
	var sum uint32
	b := make([]byte, min(checkStep, end-at))
	for at < end {
		part := b[:min(int64(len(b)), end-at)]
		if n, err := o.f.ReadAt(part, at); n < len(part) {
			return errors.Join(ErrReadBack, err)
		}
		sum = crc32.Update(sum, castagnoli, part)
		at += int64(len(part))
	}
	if sum != o.sums[i] {
		return ErrReadBack
	}
	return nil
}

// Abort removes what was written.
func (o *Output) Abort() {
	o.f.Close()
	o.sys.Remove(o.temp)
}

// Folder is a folder being written, whole or absent like an Output.
type Folder struct {
	path, temp string
	held       *os.File // the folder, locked; nil where folders cannot be opened
}

// CreateFolder starts a folder at path. An existing one that is not empty is ErrExists unless force is set.
func CreateFolder(path string, force bool) (*Folder, error) {
	if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 && !force {
		return nil, &fs.PathError{Op: "create", Path: path, Err: ErrExists}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	path = filepath.Clean(path)
	sweep(filepath.Dir(path))
	for range 8 {
		f := &Folder{path: path, temp: filepath.Join(filepath.Dir(path), tempName())}
		if err := os.Mkdir(f.temp, 0o755); err != nil {
			return nil, err
		}
		var err error
		if f.held, err = os.Open(f.temp); err != nil || hold(f.held, f.temp) {
			return f, err
		}
		f.held.Close()
	}
	return nil, errLocked
}

// Create starts a file in the folder.
func (f *Folder) Create(name string) (*Output, error) {
	return Create(filepath.Join(f.temp, name), false)
}

// WriteFile writes a small file into the folder.
func (f *Folder) WriteFile(name string, data []byte) error {
	o, err := f.Create(name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(o, bytes.NewReader(data)); err != nil {
		o.Abort()
		return err
	}
	return o.Commit(nil)
}

// Commit gives the folder its name; one that is replaced is moved aside first and put back should that fail.
func (f *Folder) Commit() error {
	if runtime.GOOS == "windows" {
		f.held.Close()
	}
	defer f.held.Close()
	aside := ""
	if _, err := os.Lstat(f.path); err == nil {
		aside = f.temp + ".old"
		if err := os.Rename(f.path, aside); err != nil {
			f.Abort()
			return err
		}
	}
	if err := os.Rename(f.temp, f.path); err != nil {
		if aside != "" {
			err = errors.Join(err, os.Rename(aside, f.path))
		}
		f.Abort()
		return err
	}
	err := disk{}.SyncDir(filepath.Dir(f.path))
	if aside != "" {
		err = errors.Join(err, os.RemoveAll(aside))
	}
	return err
}

// Abort removes what was written.
func (f *Folder) Abort() {
	f.held.Close()
	os.RemoveAll(f.temp)
}
