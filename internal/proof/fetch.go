package main

// Downloads that may be cut at any time: what came lies in NAME.part, and the next try, or the next run, goes on there.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// fetched says what became of one file.
type fetched struct {
	remote
	Path    string  `json:"path"`
	State   string  `json:"state"` // downloaded, there, absent (optional, and not in the repository)
	Got     string  `json:"got_sha256,omitempty"`
	Size    int64   `json:"size,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
	from    int64   // of them were there from an earlier run
}

// fetcher downloads from a Hub. One file at a time.
type fetcher struct {
	endpoint string // "https://huggingface.co", or a mirror
	token    string // HF_TOKEN, or ""
	offline  bool
	client   *http.Client
	say      func(format string, args ...any)
	pause    time.Duration // before the second try; doubled before each further one
	stall    time.Duration // a connection that is silent for so long is given up
}

// tries in a row may bring nothing before a download is given up.
const tries = 6

var errAbsent = errors.New("not in the repository")

// permanent is an error that another try would only repeat.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// patience is an error of a server that says when to come back.
type patience struct {
	error
	wait time.Duration
}

func newFetcher(say func(string, ...any)) *fetcher {
	f := &fetcher{endpoint: "https://huggingface.co", token: os.Getenv("HF_TOKEN"), say: say, pause: time.Second, stall: time.Minute}
	if e := os.Getenv("HF_ENDPOINT"); e != "" {
		f.endpoint = strings.TrimRight(e, "/")
	}
	f.offline = os.Getenv("HF_HUB_OFFLINE") == "1"
	f.client = &http.Client{CheckRedirect: firstHostOnly}
	return f
}

// firstHostOnly keeps the token from every server but the one it is for. net/http alone would pass it on to other
// ports and to subdomains, where the Hub's file servers are.
func firstHostOnly(req *http.Request, via []*http.Request) error {
	if len(via) >= 10 {
		return errors.New("more than 10 redirects")
	}
	if first := via[0].URL; req.URL.Host != first.Host || req.URL.Scheme != first.Scheme {
		req.Header.Del("Authorization")
	}
	return nil
}

func (f *fetcher) url(r *remote) string {
	kind := ""
	if r.Dataset {
		kind = "datasets/"
	}
	return f.endpoint + "/" + kind + r.Repo + "/resolve/" + url.PathEscape(r.Revision) + "/" + (&url.URL{Path: r.Name}).EscapedPath()
}

// get brings the file to path, whole and checked, or reports why not.
func (f *fetcher) get(ctx context.Context, r *remote, path string) (*fetched, error) {
	start := time.Now()
	x := &fetched{remote: *r, Path: path, State: "there"}
	if info, err := os.Stat(path); err == nil {
		if err := x.check(ctx, path, info.Size(), r.SHA256); err != nil {
			return nil, fmt.Errorf("%s is there and is another file: %w; move it away to download it again", path, err)
		}
		return x, nil
	}
	if f.offline && r.Optional {
		x.State = "absent"
		return x, nil
	}
	if f.offline {
		return nil, fmt.Errorf("%s is missing, and HF_HUB_OFFLINE forbids the network", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	p := part{path + ".part"}
	x.from = p.size()
	sum, err := f.insist(ctx, r, p)
	if errors.Is(err, errAbsent) && r.Optional {
		x.State = "absent"
		return x, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.url(r), err)
	}
	if r.SHA256 != "" {
		sum = r.SHA256
	}
	if err := x.check(ctx, p.name, p.size(), sum); err != nil {
		if ctx.Err() == nil {
			p.remove()
		}
		return nil, fmt.Errorf("%s: %w; what came is removed", f.url(r), err)
	}
	x.State, x.Seconds = "downloaded", time.Since(start).Seconds()
	return x, p.rename(path)
}

// check holds a whole file against what is known of it.
func (x *fetched) check(ctx context.Context, path string, size int64, sum string) (err error) {
	if x.Bytes > 0 && size != x.Bytes {
		return fmt.Errorf("%d bytes, expected %d", size, x.Bytes)
	}
	x.Size = size
	if x.Got, err = digest(ctx, path); err != nil {
		return err
	}
	if sum != "" && x.Got != sum {
		return fmt.Errorf("its sha256 is %s, expected %s", x.Got, sum)
	}
	return nil
}

// digest returns the sha256 of a file.
func digest(ctx context.Context, path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h, b := sha256.New(), make([]byte, 1<<20)
	for {
		n, err := file.Read(b)
		h.Write(b[:n])
		if err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return "", err
		}
	}
}

// insist tries until the file is whole, and returns its sha256 as the Hub states it, or "".
func (f *fetcher) insist(ctx context.Context, r *remote, p part) (sum string, err error) {
	pause := f.pause
	for failed := 0; ; {
		before := p.size()
		sum, err = f.try(ctx, r, p)
		if err == nil || ctx.Err() != nil {
			return sum, errors.Join(err, ctx.Err())
		}
		if _, ok := errors.AsType[permanent](err); ok {
			return "", err
		}
		if failed++; p.size() > before {
			failed, pause = 1, f.pause
		}
		if failed >= tries {
			return "", err
		}
		wait := pause
		if later, ok := errors.AsType[patience](err); ok {
			wait = max(wait, min(later.wait, 5*time.Minute))
		}
		pause *= 2
		f.say("  %s: %v; again in %s", r.Name, err, wait)
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(wait):
		}
	}
}

// try asks once for what is missing.
func (f *fetcher) try(ctx context.Context, r *remote, p part) (sum string, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silent := time.AfterFunc(f.stall, func() { cancel(fmt.Errorf("nothing came for %s", f.stall)) })
	defer silent.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url(r), nil)
	if err != nil {
		return "", permanent{err}
	}
	req.Header.Set("User-Agent", "tritkit-proof")
	req.Header.Set("Accept-Encoding", "identity")
	if f.token != "" {
		req.Header.Set("Authorization", "Bearer "+f.token)
	}
	have, tag := p.size(), p.tag()
	if tag == "" && r.SHA256 == "" {
		have = 0 // nothing would show that two halves are of different files
	}
	if have > 0 {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(have, 10)+"-")
		if tag != "" {
			req.Header.Set("If-Range", tag)
		}
	}
	resp, err := f.client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // the address around it is said by the caller
		}
		return "", errors.Join(err, cause(ctx))
	}
	defer resp.Body.Close()
	total, err := p.accept(resp, have)
	if err != nil {
		return "", err
	}
	if r.Bytes > 0 && total >= 0 && total != r.Bytes {
		p.remove()
		return "", permanent{fmt.Errorf("%d bytes there, expected %d", total, r.Bytes)}
	}
	bar := f.progress(r.Name, p.size(), total)
	defer bar.stop()
	if err := p.append(resp.Body, func(n int) { silent.Reset(f.stall); bar.add(n) }); err != nil {
		return "", errors.Join(err, cause(ctx))
	}
	if have := p.size(); total >= 0 && have != total {
		return "", fmt.Errorf("ended at %d of %d bytes", have, total)
	}
	return stated(resp), nil
}

// cause is why a context was cancelled, where that says more than that it was.
func cause(ctx context.Context) error {
	if c := context.Cause(ctx); c != nil && c != context.Canceled {
		return c
	}
	return nil
}

// stated is the sha256 that the Hub gives for large files, in the answer that redirects to them.
func stated(resp *http.Response) string {
	for r := resp; r != nil; r = r.Request.Response {
		tag := strings.Trim(r.Header.Get("X-Linked-Etag"), `"`)
		if b, err := hex.DecodeString(tag); err == nil && len(b) == sha256.Size {
			return tag
		}
	}
	return ""
}

// part is an unfinished file; beside it lies NAME.etag, which names the version that its bytes are of.
type part struct{ name string }

func (p part) size() int64 {
	info, err := os.Stat(p.name)
	if err != nil {
		return 0
	}
	return info.Size()
}

func (p part) tag() string {
	b, err := os.ReadFile(p.name + ".etag")
	if err != nil {
		return ""
	}
	return string(b)
}

func (p part) remove() {
	os.Remove(p.name)
	os.Remove(p.name + ".etag")
}

func (p part) rename(path string) error {
	if err := os.Rename(p.name, path); err != nil {
		return err
	}
	os.Remove(p.name + ".etag")
	return nil
}

// accept looks at an answer and makes the part ready for its body: it goes on at have, or begins anew. It returns the
// size of the whole file, or -1.
func (p part) accept(resp *http.Response, have int64) (total int64, err error) {
	switch code := resp.StatusCode; {
	case code == http.StatusPartialContent:
		at, total, ok := contentRange(resp.Header.Get("Content-Range"))
		if !ok || at != have {
			return 0, permanent{fmt.Errorf("asked for bytes from %d on, got %q", have, resp.Header.Get("Content-Range"))}
		}
		return total, nil
	case code == http.StatusOK:
		p.remove()
		if tag := resp.Header.Get("ETag"); tag != "" && !strings.HasPrefix(tag, "W/") {
			if err := os.WriteFile(p.name+".etag", []byte(tag), 0o644); err != nil {
				return 0, permanent{err}
			}
		}
		return resp.ContentLength, nil
	case code == http.StatusRequestedRangeNotSatisfiable:
		if _, total, ok := contentRange(resp.Header.Get("Content-Range")); ok && total == have {
			resp.Body = http.NoBody // all of it was there already
			return total, nil
		}
		p.remove()
		return 0, errors.New("the file there is shorter than what came of it; from the beginning")
	case code == http.StatusNotFound:
		return 0, permanent{errAbsent}
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return 0, permanent{fmt.Errorf("%s; HF_TOKEN holds the token for what is not public", resp.Status)}
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return 0, patience{errors.New(resp.Status), time.Duration(seconds) * time.Second}
	}
	return 0, permanent{errors.New(resp.Status)}
}

// contentRange reads "bytes 5-9/10" and "bytes */10"; at is then 0.
func contentRange(s string) (at, total int64, ok bool) {
	s, found := strings.CutPrefix(s, "bytes ")
	span, whole, cut := strings.Cut(s, "/")
	if !found || !cut {
		return 0, 0, false
	}
	total, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0, 0, false
	}
	if span == "*" {
		return 0, total, true
	}
	first, _, _ := strings.Cut(span, "-")
	at, err = strconv.ParseInt(first, 10, 64)
	return at, total, err == nil
}

// append adds the body to the part. An error of the disk is permanent, one of the network is not.
func (p part) append(body io.Reader, came func(n int)) error {
	file, err := os.OpenFile(p.name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return permanent{err}
	}
	defer file.Close()
	b := make([]byte, 256<<10)
	for {
		n, err := body.Read(b)
		if _, err := file.Write(b[:n]); err != nil {
			return permanent{err}
		}
		came(n)
		if err == io.EOF {
			if err := file.Sync(); err != nil {
				return permanent{err}
			}
			if err := file.Close(); err != nil {
				return permanent{err}
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// missing returns how many bytes of the files have still to come, as far as their sizes are known.
func missing(dir string, files []remote) (n int64, count int) {
	for i := range files {
		r := &files[i]
		path := r.path(dir)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			n += max(0, r.Bytes-part{path + ".part"}.size())
			count++
		}
	}
	return n, count
}
