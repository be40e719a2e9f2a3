package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// escapes makes a console obey escape sequences, and returns what undoes that. Those before Windows 10 do not.
func escapes(f *os.File) (restore func(), ok bool) {
	h := windows.Handle(f.Fd())
	var mode uint32
	if windows.GetConsoleMode(h, &mode) != nil || windows.SetConsoleMode(h, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) != nil {
		return func() {}, false
	}
	return func() { windows.SetConsoleMode(h, mode) }, true
}
