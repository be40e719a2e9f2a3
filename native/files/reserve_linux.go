package files

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// reserve asks the disk for n bytes, so that a full one says so before the work and not after it. Only that is an
// error: file systems that cannot reserve are written to as they are.
func reserve(f *os.File, n int64) error {
	err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, n)
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EFBIG) || errors.Is(err, unix.EDQUOT) {
		return &os.PathError{Op: "reserve", Path: f.Name(), Err: err}
	}
	return nil
}
