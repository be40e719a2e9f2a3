package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/www"
)

func (a *app) webCmd() *cobra.Command {
	var port int
	var dir string
	var quiet bool
	cmd := &cobra.Command{
		Use: "web", Short: "Serve the page for the browser on this machine, and open it", Args: exact(0),
		Long: "web serves the page that shows, verifies, compares and converts models in the browser, on 127.0.0.1 only, until Ctrl-C.\n" +
			"The page works on files of this machine; nothing is uploaded, to this server neither.",
		Example: "  trit web\n  trit web --port 8000 --no-open",
		RunE: func(cmd *cobra.Command, _ []string) error {
			page := www.Page()
			if dir != "" {
				page = os.DirFS(dir)
			}
			if page == nil {
				return fault.New("trit", fault.NotFound, "this program was built without the page").Try("make web, then trit web --dir www/dist; or take a released trit, which has it")
			}
			if _, err := fs.Stat(page, "index.html"); err != nil {
				return fault.New("trit", fault.NotFound, "there is no index.html in ", fault.Quote(dir)).Try("make web builds www/dist")
			}
			return a.web(cmd.Context(), page, port, !quiet)
		},
	}
	f := cmd.Flags()
	f.IntVar(&port, "port", 0, "port to serve at; 0: any that is free")
	f.StringVar(&dir, "dir", "", "serve the page from this folder instead of the one built in")
	f.BoolVar(&quiet, "no-open", false, "do not open the browser")
	return cmd
}

// web serves the page until the context ends.
func (a *app) web(ctx context.Context, page fs.FS, port int, open bool) error {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	url := "http://" + l.Addr().String() + "/"
	if a.json {
		fmt.Fprintf(a.out, "{\"url\":%q}\n", url)
	} else {
		fmt.Fprintln(a.out, url)
	}
	if open {
		if err := browse(url); err != nil {
			a.note("no browser could be opened (%v): open the address above", err)
		}
	}
	a.note("serving until Ctrl-C")
	s := &http.Server{Handler: local(pageHandler(page)), ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil // Ctrl-C is how it ends
}

// local lets only this machine's own names in, so that no page elsewhere can reach the server by a name of its own.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if host != "127.0.0.1" && host != "localhost" && !strings.HasSuffix(host, ".localhost") {
			http.Error(w, "this server answers to 127.0.0.1 and localhost only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// contentTypes are the content types of the page's files, whatever the system believes.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".wasm": "application/wasm",
	".svg": "image/svg+xml", ".webmanifest": "application/manifest+json", ".json": "application/json", ".png": "image/png", ".ico": "image/x-icon",
}

// pageHandler serves the files of the page; names with a hash in them may be kept for ever.
func pageHandler(page fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Content-Security-Policy", "frame-ancestors 'none'") // the page's own policy is in it
		h.Set("Cache-Control", "no-cache")
		if strings.HasPrefix(r.URL.Path, "/assets/") {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		if name == "" {
			name = "index.html"
		}
		data, err := fs.ReadFile(page, name) // whole: what is in an archive cannot be read from the middle
		if err != nil {
			http.NotFound(w, r)
			return
		}
		if t, ok := contentTypes[path.Ext(name)]; ok {
			h.Set("Content-Type", t)
		}
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
	})
}

// browse opens the address in the user's browser.
func browse(url string) error {
	switch runtime.GOOS {
	case "windows":
		return exec.Command("rundll32", "url.dll,FileProtocolHandler", url).Start()
	case "darwin":
		return exec.Command("open", url).Start()
	}
	return exec.Command("xdg-open", url).Start()
}
