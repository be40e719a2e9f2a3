//go:build !linux

package files

func largePages([]byte) {}

// Forget says that the bytes of a View will not be needed soon. Here the system finds that out by itself.
func Forget([]byte) {}
