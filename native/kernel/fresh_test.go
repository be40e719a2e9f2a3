package kernel

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheAssemblyIsFresh runs the generator and compares.
func TestTheAssemblyIsFresh(t *testing.T) {
	tool, err := exec.LookPath("go")
	if err != nil || testing.Short() {
		t.Skip("without the go command (or with -short) the generator cannot run")
	}
	dir := t.TempDir()
	cmd := exec.Command(tool, "run", ".", dir)
	cmd.Dir = "_gen"
	cmd.Env = append(os.Environ(), "GOOS=", "GOARCH=", "GOFLAGS=")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		want, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
		have, err := os.ReadFile(f.Name())
		require.NoError(t, err)
		require.True(t, string(want) == string(have), "%s is not what the generator writes: make kernels", f.Name())
	}
}
