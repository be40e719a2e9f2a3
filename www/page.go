//go:build page

// Package www carries the page for the browser, where it was built with the tag page (make dist does).
package www

import (
	"archive/zip"
	_ "embed"
	"io/fs"
	"strings"
)

// packed is dist, compressed: the module in it shrinks to a fifth.
//
//go:embed page.zip
var packed string

// Page returns the files of the page, or nil where this program was built without them.
func Page() fs.FS {
	r, err := zip.NewReader(strings.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil
	}
	return r
}
