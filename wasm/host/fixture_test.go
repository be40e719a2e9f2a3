package host

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/checkpoint"
	"github.com/tritkit/tritkit/core/convert"
	"github.com/tritkit/tritkit/core/inspect"
)

var ctx = context.Background()

// cacheDir is where compiled modules stay between test runs, for a day.
const cacheDir = "../../build/wazero"

func TestMain(m *testing.M) {
	filepath.WalkDir(cacheDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			os.Remove(path)
		}
		return nil
	})
	os.Exit(m.Run())
}

// built is the module as the present source makes it.
var built = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "tritkit")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "tritkit.wasm")
	cmd := exec.Command("go", "run", "./internal/module", "-o", out)
	cmd.Dir = "../.."
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, said)
	}
	return os.ReadFile(out)
})

func buildModule(t testing.TB) []byte {
	t.Helper()
	wasm, err := built()
	require.NoError(t, err)
	return wasm
}

func newHost(t testing.TB, o Options) *Host {
	t.Helper()
	o.CacheDir = cacheDir
	h, err := New(ctx, buildModule(t), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Close(ctx)) })
	return h
}

var sharedHost = sync.OnceValues(func() (*Host, error) {
	wasm, err := built()
	if err != nil {
		return nil, err
	}
	return New(ctx, wasm, Options{CacheDir: cacheDir})
})

// shared is a Host for all tests: they may leave nothing behind in it.
func shared(t testing.TB) *Host {
	t.Helper()
	h, err := sharedHost()
	require.NoError(t, err)
	return h
}

func openNative(fsys fs.FS, names ...string) (*checkpoint.Checkpoint, error) {
	return checkpoint.Open(fsys, checkpoint.Options{}, names...)
}

// nativePlan and what follows do natively, with core, what the methods of a Host do.
func nativePlan(fsys fs.FS, o convert.Options) (*convert.Plan, error) {
	c, err := openNative(fsys)
	if err != nil {
		return nil, err
	}
	return convert.NewPlan(c, o)
}

func nativeConvert(fsys fs.FS, o convert.Options) (*convert.Plan, []byte, error) {
	p, err := nativePlan(fsys, o)
	if err != nil {
		return nil, nil, err
	}
	var b bytes.Buffer
	err = p.Write(ctx, &b)
	return p, b.Bytes(), err
}

func nativeInspect(fsys fs.FS, stats bool) (*inspect.Report, error) {
	c, err := openNative(fsys)
	if err != nil {
		return nil, err
	}
	r := inspect.Show(c)
	if stats && c.Unknown == nil {
		var more []inspect.Finding
		if r.Stats, more, err = inspect.Read(ctx, c, inspect.Options{Hash: sha256.New, Detail: true}); err != nil {
			return nil, err
		}
		r.Findings = append(r.Findings, more...)
	}
	return r, nil
}

func nativeVerify(fsys fs.FS, quick bool) (*inspect.Verification, error) {
	c, err := openNative(fsys)
	if err != nil {
		return nil, err
	}
	return inspect.Verify(ctx, c, quick, inspect.Options{Hash: sha256.New})
}

// asFile is a GGUF as a folder of one file.
func asFile(b []byte) fstest.MapFS { return fstest.MapFS{"m.gguf": {Data: b}} }

// asGGUF is the folder converted natively.
func asGGUF(t testing.TB, fsys fs.FS, typ string) fstest.MapFS {
	t.Helper()
	_, b, err := nativeConvert(fsys, convert.Options{Type: typ})
	require.NoError(t, err)
	return asFile(b)
}

// jsonText is what a result says of itself.
func jsonText(r interface{ AppendJSON([]byte) []byte }) string { return string(r.AppendJSON(nil)) }
