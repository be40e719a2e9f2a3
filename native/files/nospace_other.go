//go:build !windows

package files

import (
	"errors"
	"syscall"
)

// NoSpace reports whether err means that a disk, or its user's share of it, is full.
func NoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
