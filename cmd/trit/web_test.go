package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
)

var tinyPage = fstest.MapFS{
	"index.html": {Data: []byte("<!doctype html>")}, "assets/a-1f.js": {Data: []byte("1")}, "assets/tritkit.wasm": {Data: []byte("\x00asm")},
}

func TestThePageIsServedWithItsTypesAndHeaders(t *testing.T) {
	s := httptest.NewServer(local(pageHandler(tinyPage)))
	defer s.Close()
	for path, want := range map[string][2]string{
		"/":                    {"text/html; charset=utf-8", "no-cache"},
		"/assets/a-1f.js":      {"text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"/assets/tritkit.wasm": {"application/wasm", "public, max-age=31536000, immutable"},
	} {
		r, err := http.Get(s.URL + path)
		require.NoError(t, err)
		r.Body.Close()
		require.Equal(t, 200, r.StatusCode, path)
		require.Equal(t, want, [2]string{r.Header.Get("Content-Type"), r.Header.Get("Cache-Control")}, path)
		require.Equal(t, "frame-ancestors 'none'", r.Header.Get("Content-Security-Policy"))
		require.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"))
	}
}

func TestOnlyThisMachinesNamesAreAnswered(t *testing.T) {
	for host, want := range map[string]int{"127.0.0.1:80": 200, "localhost": 200, "trit.localhost:1": 200, "evil.example": 403, "127.0.0.1.evil.example": 403, "": 403} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		local(pageHandler(tinyPage)).ServeHTTP(w, r)
		require.Equal(t, want, w.Code, host)
	}
}

func TestWebServesUntilItIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	var errs bytes.Buffer
	a := &app{out: in, err: &errs}
	done := make(chan error)
	go func() { done <- a.web(ctx, tinyPage, 0, false) }()
	line := make([]byte, 64)
	n, err := out.Read(line)
	require.NoError(t, err)
	url := strings.TrimSpace(string(line[:n]))
	require.True(t, strings.HasPrefix(url, "http://127.0.0.1:"), url)
	go io.Copy(io.Discard, out)
	r, err := http.Get(url)
	require.NoError(t, err)
	r.Body.Close()
	require.Equal(t, 200, r.StatusCode)
	cancel()
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(10 * time.Second):
		t.Fatal("still serving")
	}
}

func TestWithoutAPageWebSaysHowToGetOne(t *testing.T) {
	var out, errs bytes.Buffer
	require.Equal(t, 4, run([]string{"web", "--no-open", "--dir", t.TempDir()}, &out, &errs))
	require.Contains(t, errs.String(), "make web")
}
