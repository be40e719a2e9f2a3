//go:build !windows

package main

import "os"

// escapes does nothing: terminals obey escape sequences.
func escapes(*os.File) (restore func(), ok bool) { return func() {}, true }
