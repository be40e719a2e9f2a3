//go:build page

// Package www carries the page for the browser, where it was built with the tag page (make dist does).
package www

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Page returns the files of the page, or nil where this program was built without them.
func Page() fs.FS {
	page, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil
	}
	return page
}
