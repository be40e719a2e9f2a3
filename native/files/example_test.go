package files_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tritkit/tritkit/native/files"
)

// An output has its name when it is whole, and not before.
func ExampleCreate() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.gguf")
	o, err := files.Create(path, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := o.Write([]byte("GGUF")); err != nil {
		o.Abort()
		fmt.Println(err)
		return
	}
	_, early := os.Stat(path)
	if err := o.Commit(files.Parallel(2)); err != nil {
		fmt.Println(err)
		return
	}
	b, _ := os.ReadFile(path)
	fmt.Println(os.IsNotExist(early), string(b))
	// Output: true GGUF
}
