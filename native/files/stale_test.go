package files

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a running process writes is not swept away; what nobody holds is.
func TestSweepTakesOnlyWhatNobodyHolds(t *testing.T) {
	dir := t.TempDir()
	held, err := Create(filepath.Join(dir, "held.gguf"), false)
	require.NoError(t, err)
	folder, err := CreateFolder(filepath.Join(dir, "folder"), false)
	require.NoError(t, err)
	left := filepath.Join(dir, tempPrefix+"0123456789abcdef"+tempSuffix)
	require.NoError(t, os.WriteFile(left, []byte("left by a killed run"), 0o644))
	old := time.Now().Add(-2 * staleAfter) // for systems without locks
	require.NoError(t, os.Chtimes(left, old, old))
	mine := filepath.Join(dir, ".trit-notes.txt")
	require.NoError(t, os.WriteFile(mine, nil, 0o644))

	other, err := Create(filepath.Join(dir, "other.gguf"), false) // sweeps
	require.NoError(t, err)
	require.NoFileExists(t, left)
	require.FileExists(t, mine)
	require.FileExists(t, held.temp)
	require.DirExists(t, folder.temp)

	_, err = held.Write([]byte("whole"))
	require.NoError(t, err)
	require.NoError(t, held.Commit(Parallel(1)))
	require.NoError(t, folder.WriteFile("x", []byte("y")))
	require.NoError(t, folder.Commit())
	other.Abort()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	require.Equal(t, []string{".trit-notes.txt", "folder", "held.gguf"}, names)
}

// A folder that is replaced is there until the new one is whole.
func TestAFolderIsReplacedWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model")
	require.NoError(t, os.MkdirAll(path, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(path, "old"), []byte("old"), 0o644))
	f, err := CreateFolder(path, true)
	require.NoError(t, err)
	require.NoError(t, f.WriteFile("new", []byte("new")))
	require.FileExists(t, filepath.Join(path, "old"))
	require.NoError(t, f.Commit())
	require.NoFileExists(t, filepath.Join(path, "old"))
	require.FileExists(t, filepath.Join(path, "new"))
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

// A file system is rooted at the folder: nothing in a checkpoint leads out of it.
func TestOpenIsRooted(t *testing.T) {
	dir := t.TempDir()
	inside := filepath.Join(dir, "model")
	require.NoError(t, os.MkdirAll(inside, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secret"), []byte("s"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(inside, "a.gguf"), []byte("a"), 0o644))
	if err := os.Symlink(filepath.Join(dir, "secret"), filepath.Join(inside, "link.gguf")); err != nil && runtime.GOOS != "windows" {
		t.Fatal(err)
	}
	r, err := Open(inside)
	require.NoError(t, err)
	defer r.Close()
	_, err = fs.ReadFile(r, "a.gguf")
	require.NoError(t, err)
	for _, name := range []string{"../secret", "link.gguf", filepath.Join(dir, "secret")} {
		_, err = fs.ReadFile(r, name)
		require.Error(t, err, name)
	}
	one, err := Open(filepath.Join(inside, "a.gguf"))
	require.NoError(t, err)
	defer one.Close()
	require.Equal(t, []string{"a.gguf"}, one.Names)
	_, err = Open(filepath.Join(dir, "missing"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = Open(filepath.Join(inside, "a.gguf"), filepath.Join(dir, "secret"))
	require.ErrorContains(t, err, "one folder")
}

// The Hugging Face cache: a snapshot is links into its model's blobs, and those are followed.
func TestOpenFollowsTheHubsCache(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no links without a privilege")
	}
	model := filepath.Join(t.TempDir(), "models--owner--name")
	snapshot := filepath.Join(model, "snapshots", "0123abcd")
	require.NoError(t, os.MkdirAll(snapshot, 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(model, "blobs"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(model, "blobs", "e7ag"), []byte("{}"), 0o644))
	require.NoError(t, os.Symlink("../../blobs/e7ag", filepath.Join(snapshot, "config.json")))
	r, err := Open(snapshot)
	require.NoError(t, err)
	defer r.Close()
	b, err := fs.ReadFile(r, "config.json")
	require.NoError(t, err)
	require.Equal(t, "{}", string(b))
}

func TestPeakMemoryIsKnownOnLinux(t *testing.T) {
	if runtime.GOOS == "linux" {
		require.Greater(t, PeakRSS(), int64(1<<20))
	}
}
