package files

import (
	"os"
	"runtime"
)

// disk is the real file system.
type disk struct{}

// Create makes a file and holds its lock until it is closed.
func (disk) Create(path string) (file, error) {
	for range 8 { // another run's sweep may come between; not that often
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil || hold(f, path) {
			return f, err
		}
		f.Close()
	}
	return nil, errLocked
}

func (disk) Rename(from, to string) error { return os.Rename(from, to) }

func (disk) Remove(path string) error { return os.Remove(path) }

// SyncDir makes a rename last; Windows has no such call and needs none.
func (disk) SyncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
