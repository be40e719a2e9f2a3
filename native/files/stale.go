package files

// What killed runs left: temporary files and folders that nobody holds any more.

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	tempPrefix = ".trit-"
	tempSuffix = ".tmp"
	staleAfter = 24 * time.Hour // where locks are not to be had
)

// errLocked means that a running process holds a lock.
var errLocked = errors.New("files: locked")

// sweep removes what killed runs left in dir: what can be locked is nobody's. Where a file system has no locks, it is
// what is a day old.
func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix) && strings.HasSuffix(e.Name(), tempSuffix) {
			removeStale(filepath.Join(dir, e.Name()))
		}
	}
}

func removeStale(path string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	err = tryLock(f)
	if err != nil && !errors.Is(err, errLocked) {
		if info, e := f.Stat(); e == nil && time.Since(info.ModTime()) > staleAfter {
			err = nil
		}
	}
	if err == nil {
		os.RemoveAll(path) // while the lock is held: whoever makes a file of this name now sees that it is gone
	}
	f.Close()
	if err == nil {
		os.RemoveAll(path) // again, for systems that keep an open file
	}
}

// hold locks a temporary file or folder that was just made, and reports whether it is still there: another run's
// sweep may have come first. Without locks it is taken as held.
func hold(f *os.File, path string) bool {
	if err := tryLock(f); errors.Is(err, errLocked) {
		return false
	}
	mine, err1 := f.Stat()
	there, err2 := os.Stat(path)
	return err1 == nil && err2 == nil && os.SameFile(mine, there)
}
