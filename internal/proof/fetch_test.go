package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// big is a file that the Hub keeps on its file server.
var big = bytes.Repeat([]byte("0123456789abcdef"), 4096)

// single is a Hub with one large file, and a fetcher of it that does not wait long.
func single(t *testing.T) (*hub, *fetcher, *remote, string) {
	h := newHub(t, map[string][]byte{"a/b/big.bin": big, "a/b/small.json": []byte("{}")})
	f := newFetcher(t.Logf)
	f.pause = time.Millisecond
	return h, f, &remote{Repo: "a/b", Revision: "main", Name: "big.bin", SHA256: sum(big), Bytes: int64(len(big))}, filepath.Join(t.TempDir(), "x", "big.bin")
}

func requireWhole(t *testing.T, path string) {
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(big, b))
	require.NoFileExists(t, path+".part")
	require.NoFileExists(t, path+".part.etag")
}

func TestDownloadsEndWholeWhateverHappens(t *testing.T) {
	for name, trouble := range map[string]func(try int, w http.ResponseWriter, r *http.Request, data []byte) bool{
		"nothing":  nil,
		"cut once": func(try int, w http.ResponseWriter, _ *http.Request, d []byte) bool { cut(w, d); return true },
		"cut every time, but each time something comes": func(try int, w http.ResponseWriter, r *http.Request, d []byte) bool {
			at := 0
			fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &at)
			if at+5000 >= len(d) {
				return false
			}
			w.Header().Set("Content-Length", fmt.Sprint(len(d)-at))
			if at > 0 {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", at, len(d)-1, len(d)))
				w.WriteHeader(http.StatusPartialContent)
			}
			w.Write(d[at : at+5000])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
		"busy":      func(try int, w http.ResponseWriter, _ *http.Request, _ []byte) bool { w.WriteHeader(503); return true },
		"too many":  func(try int, w http.ResponseWriter, _ *http.Request, _ []byte) bool { w.WriteHeader(429); return true },
		"no answer": func(try int, w http.ResponseWriter, _ *http.Request, _ []byte) bool { panic(http.ErrAbortHandler) },
		"no ranges": func(try int, w http.ResponseWriter, r *http.Request, d []byte) bool {
			cutIfFirst(try, w, r, d)
			return true
		},
		"no version": func(try int, w http.ResponseWriter, r *http.Request, d []byte) bool {
			w.Header().Del("ETag")
			cut(w, d)
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, f, r, path := single(t)
			try := 0
			h.trouble = func(w http.ResponseWriter, req *http.Request, _ string, data []byte) bool {
				try++
				if trouble == nil || try > 1 && name != "no ranges" && name != "cut every time, but each time something comes" {
					return false
				}
				return trouble(try, w, req, data)
			}
			x, err := f.get(t.Context(), r, path)
			require.NoError(t, err)
			require.Equal(t, "downloaded", x.State)
			require.Equal(t, r.SHA256, x.Got)
			requireWhole(t, path)
			require.Empty(t, h.leaked)
		})
	}
}

// cutIfFirst is a server that knows no ranges: it cuts the first answer and begins anew in the second.
func cutIfFirst(try int, w http.ResponseWriter, _ *http.Request, data []byte) {
	if try == 1 {
		cut(w, data)
	}
	w.Write(data)
}

// What came belongs to one version of the file: when the Hub has another, If-Range brings it whole.
func TestAFileThatChangedStartsAnew(t *testing.T) {
	h, f, r, path := single(t)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path+".part", []byte("of another version"), 0o644))
	require.NoError(t, os.WriteFile(path+".part.etag", []byte(`"another"`), 0o644))
	r.SHA256, h.unstated = "", true // so that only If-Range can tell
	_, err := f.get(t.Context(), r, path)
	require.NoError(t, err)
	requireWhole(t, path)
	require.Equal(t, []string{"bytes=18-"}, h.requests("a/b/big.bin"))
}

func TestAllOfItWasThereAlready(t *testing.T) {
	h, f, r, path := single(t)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path+".part", big, 0o644))
	_, err := f.get(t.Context(), r, path)
	require.NoError(t, err)
	requireWhole(t, path)
	require.Len(t, h.requests("a/b/big.bin"), 1)
}

// A wrong file is refused: by its size before it comes, by its sum after; nothing of it stays.
func TestWrongFilesAreRefused(t *testing.T) {
	for name, change := range map[string]func(h *hub, r *remote){
		"sha256":             func(_ *hub, r *remote) { r.SHA256 = sum([]byte("another")) },
		"expected":           func(_ *hub, r *remote) { r.Bytes++ },
		"64 hex of the Hub":  func(h *hub, r *remote) { r.SHA256 = ""; h.trouble = wrongByte },
		"wrong byte":         func(h *hub, r *remote) { h.trouble = wrongByte },
		"shorter, no length": func(h *hub, r *remote) { h.trouble = shorter },
	} {
		t.Run(name, func(t *testing.T) {
			h, f, r, path := single(t)
			change(h, r)
			_, err := f.get(t.Context(), r, path)
			require.ErrorContains(t, err, "expected")
			entries, err := os.ReadDir(filepath.Dir(path))
			require.NoError(t, err)
			require.Empty(t, entries)
			require.Len(t, h.requests("a/b/big.bin"), 1, "another try would bring the same")
		})
	}
}

func wrongByte(w http.ResponseWriter, _ *http.Request, _ string, data []byte) bool {
	b := bytes.Clone(data)
	b[100] ^= 1
	w.Write(b)
	return true
}

func shorter(w http.ResponseWriter, _ *http.Request, _ string, data []byte) bool {
	w.Write(data[:100])
	w.(http.Flusher).Flush() // chunked: the size is not said
	return true
}

// A file that is there and is another one is the user's: it is neither used nor touched.
func TestAnotherFileInThePlaceIsLeftAlone(t *testing.T) {
	h, f, r, path := single(t)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o644))
	_, err := f.get(t.Context(), r, path)
	require.ErrorContains(t, err, "move it away")
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "mine", string(b))
	require.Empty(t, h.asked)
}

func TestAbsentFiles(t *testing.T) {
	_, f, r, path := single(t)
	r.Name, r.SHA256, r.Bytes = "none.json", "", 0
	_, err := f.get(t.Context(), r, path)
	require.ErrorIs(t, err, errAbsent)
	r.Optional = true
	x, err := f.get(t.Context(), r, path)
	require.NoError(t, err)
	require.Equal(t, "absent", x.State)
	f.token = ""
	_, err = f.get(t.Context(), r, path)
	require.ErrorContains(t, err, "HF_TOKEN", "a refusal is no absence")
}

func TestAServerThatFallsSilentIsGivenUp(t *testing.T) {
	h, f, r, path := single(t)
	f.stall = 200 * time.Millisecond
	once := true
	h.trouble = func(w http.ResponseWriter, req *http.Request, _ string, data []byte) bool {
		if !once {
			return false
		}
		once = false
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		w.Write(data[:100])
		w.(http.Flusher).Flush()
		<-req.Context().Done()
		return true
	}
	_, err := f.get(t.Context(), r, path)
	require.NoError(t, err)
	requireWhole(t, path)
	require.Equal(t, []string{"", "bytes=100-"}, h.requests("a/b/big.bin"))
}

func TestAServerThatStaysBrokenIsGivenUp(t *testing.T) {
	h, f, r, path := single(t)
	h.trouble = func(w http.ResponseWriter, _ *http.Request, _ string, _ []byte) bool { w.WriteHeader(500); return true }
	_, err := f.get(t.Context(), r, path)
	require.ErrorContains(t, err, "500")
	require.Len(t, h.requests("a/b/big.bin"), tries)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = f.get(ctx, r, path)
	require.ErrorIs(t, err, context.Canceled)
}

func TestContentRange(t *testing.T) {
	for s, want := range map[string][3]any{
		"bytes 5-9/10": {int64(5), int64(10), true}, "bytes */10": {int64(0), int64(10), true},
		"bytes 5-9/*": {int64(0), int64(0), false}, "5-9/10": {int64(0), int64(0), false}, "": {int64(0), int64(0), false},
	} {
		at, total, ok := contentRange(s)
		require.Equal(t, want, [3]any{at, total, ok}, s)
	}
}
