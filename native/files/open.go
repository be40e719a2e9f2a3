// Package files is the file system side of native programs: checkpoints opened for reading at offsets, outputs that
// are whole or absent, and threads for core's work.
package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Root is an opened place: a file system whose files are io.ReaderAt, and the names in it that the user meant.
type Root struct {
	fs.FS
	Names []string // empty: the folder itself
	Path  string   // as the user gave it
	root  *os.Root
}

// Open opens a folder, one file, or several files of one folder (shards). Files are read with pread; only View maps.
//
// The file system is rooted at the folder, so that no name in a checkpoint leads out of it. A snapshot of the Hugging
// Face cache consists of links into its model's blobs; such a folder is rooted at the model's.
func Open(paths ...string) (*Root, error) {
	info, err := os.Stat(paths[0])
	if err != nil {
		return nil, err
	}
	r := &Root{Path: paths[0]}
	dir := paths[0]
	if !info.IsDir() {
		dir = filepath.Dir(paths[0])
		for _, p := range paths {
			if filepath.Dir(p) != dir {
				return nil, errors.New("files: the shards of a checkpoint lie in one folder")
			}
			r.Names = append(r.Names, filepath.Base(p))
		}
	}
	return r, r.open(dir)
}

func (r *Root) open(dir string) error {
	base, below := cacheRoot(dir)
	root, err := os.OpenRoot(base)
	if err != nil {
		return err
	}
	r.root, r.FS = root, root.FS()
	if below != "." {
		r.FS, err = fs.Sub(r.FS, filepath.ToSlash(below))
	}
	return err
}

// cacheRoot returns the folder to root at, and where dir is below it.
func cacheRoot(dir string) (base, below string) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir, "."
	}
	snapshots := filepath.Dir(abs)
	model := filepath.Dir(snapshots)
	if filepath.Base(snapshots) == "snapshots" && strings.HasPrefix(filepath.Base(model), "models--") {
		return model, filepath.Join("snapshots", filepath.Base(abs))
	}
	return dir, "."
}

// Close releases the folder. Files opened from it stay open.
func (r *Root) Close() error { return r.root.Close() }
