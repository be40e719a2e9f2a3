package main

// Stand-ins for what cannot be downloaded here: one small model of one seed in the three published forms, and a Hub
// that serves them. They have the real files' oddities: the official file's scales are f32 and the packed ones bf16,
// its padding is not zero, it names no pre-tokenizer, and codes at the threshold were decided before rounding to bf16.

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/dtype"
	"github.com/tritkit/tritkit/core/gguf"
	"github.com/tritkit/tritkit/core/safetensors"
	"github.com/tritkit/tritkit/core/ternary"
	"github.com/tritkit/tritkit/internal/synth"
)

const (
	seed   = 1
	window = 64 // tokens of a chunk
)

// world is what all tests share: the built command, the files as a Hub has them, and the target that they meet.
type world struct {
	trit   string
	files  map[string][]byte // by owner/name/file
	target target
}

var theWorld = sync.OnceValues(makeWorld)

// built is where the command is built; TestMain removes it.
var built string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "proof")
	if err != nil {
		panic(err)
	}
	built = dir
	for _, name := range []string{"HF_ENDPOINT", "HF_TOKEN", "HF_HUB_OFFLINE", "TRIT_MODELS"} {
		os.Unsetenv(name)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func makeWorld() (*world, error) {
	w := &world{trit: filepath.Join(built, "trit"), files: map[string][]byte{}}
	if runtime.GOOS == "windows" {
		w.trit += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", w.trit, "../../cmd/trit").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	packed, master := synth.Folder(synth.Tiny, synth.Packed, seed), synth.Folder(synth.Tiny, synth.Master, seed)
	delete(packed, "optimizer.pt")
	calm(packed["model.safetensors"].Data)
	calm(master["model.safetensors"].Data)
	decideBeforeRounding(packed["model.safetensors"].Data)
	official, err := w.official(packed)
	if err != nil {
		return nil, err
	}
	text := story()
	w.files["stand/in-gguf/model.gguf"] = official
	for name, f := range packed {
		w.files["stand/in/"+name] = f.Data
	}
	for name, f := range master {
		w.files["stand/in-bf16/"+name] = f.Data
	}
	w.files["stand/text/text.zip"] = zipped("text/story.txt", text)
	t := target{
		Model:    "a stand-in",
		Official: []remote{w.remote("stand/in-gguf", "model.gguf")},
		Packed:   w.folder("stand/in"), Master: w.folder("stand/in-bf16"),
		Text:   []remote{w.remote("stand/text", "text.zip")},
		Member: "text/story.txt", TextSHA256: sum(text),
		Arch: "bitnet-b1.58", Types: map[string]int{"i2_s": 14, "f32": 9, "f16": 1},
		ScaleError: 1.0 / 256, FlipShare: 0.02,
		Context: window, Sigmas: 3, HeadCost: 0.0025, Positions: 2*window - 1,
		Prompt: "The capital of France is", Question: "What is it?", Prefill: 32, Decode: 4,
	}
	t.Text[0].Dataset = true
	t.Perplexity, t.StdErr, t.Chunks, t.Answer, err = w.published(official, text)
	w.target = t
	return w, err
}

// calm divides the output norm by 64, exactly: logits of a random model are so large that its perplexity says nothing.
func calm(data []byte) {
	f, err := safetensors.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		panic(err)
	}
	for _, t := range f.Tensors {
		if t.Name == "model.norm.weight" {
			for b := data[t.Offset : t.Offset+t.Bytes]; len(b) > 0; b = b[2:] {
				x := dtype.FromBF16(uint16(b[0])|uint16(b[1])<<8) / 64
				h := dtype.ToBF16(x)
				b[0], b[1] = byte(h), byte(h>>8)
			}
		}
	}
}

// decideBeforeRounding gives every second weight whose bf16 value is the one nearest the threshold the code that it
// would have had on the other side of it.
func decideBeforeRounding(data []byte) {
	f, err := safetensors.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		panic(err)
	}
	for _, t := range f.Tensors {
		if t.Type != dtype.U8 {
			continue
		}
		n := int(t.Bytes) * 4
		w := synth.Latents(seed, t.Name, n)
		m := ternary.Matrix{Rows: int(t.Shape[0]) * 4, Cols: int(t.Shape[1])}
		if err := ternary.Snap(&m, w, ternary.AbsMean); err != nil {
			panic(err)
		}
		turn := 0
		for i, x := range w {
			v := math.Abs(float64(x))
			if math.Abs(v-float64(m.Scale[0])/2) > halfStep(v) {
				continue
			}
			if turn++; turn%2 == 0 {
				continue
			}
			if m.Trits[i] != 0 {
				m.Trits[i] = 0
			} else {
				m.Trits[i] = int8(math.Copysign(1, float64(x)))
			}
		}
		if turn == 0 {
			panic("no weight at the threshold")
		}
		if err := dtype.PackHF(data[t.Offset:t.Offset+t.Bytes], &m); err != nil {
			panic(err)
		}
	}
}

// official makes the GGUF of the packed folder.
func (w *world) official(packed fstest.MapFS) ([]byte, error) {
	dir, err := os.MkdirTemp(built, "official")
	if err != nil {
		return nil, err
	}
	for name, f := range packed {
		if err := os.WriteFile(filepath.Join(dir, name), f.Data, 0o644); err != nil {
			return nil, err
		}
	}
	for _, args := range [][]string{
		{"convert", dir, "-o", filepath.Join(dir, "a.gguf"), "--type", "i2_s", "-q"},
		{"edit", filepath.Join(dir, "a.gguf"), "-o", filepath.Join(dir, "b.gguf"), "--unset", "tokenizer.ggml.pre", "-q"},
	} {
		if out, err := exec.Command(w.trit, args...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w: %s", err, out)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "b.gguf"))
	if err != nil {
		return nil, err
	}
	f, err := gguf.Read(bytes.NewReader(b), int64(len(b)), gguf.ReadOptions{})
	if err != nil {
		return nil, err
	}
	for _, t := range f.Tensors {
		if t.Type != dtype.I2_S {
			continue
		}
		tail := b[t.Offset+t.Bytes-32 : t.Offset+t.Bytes]
		scale := math.Float32frombits(uint32(tail[0]) | uint32(tail[1])<<8 | uint32(tail[2])<<16 | uint32(tail[3])<<24)
		bits := math.Float32bits(scale * 1.001) // within what bf16 rounds away
		tail[0], tail[1], tail[2], tail[3] = byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24)
		for i := 4; i < 32; i++ {
			tail[i] = byte(i * 37) // a reused buffer's leftovers
		}
	}
	return b, nil
}

// published measures what the stand-in's publisher would have.
func (w *world) published(official, text []byte) (perplexity, stderr float64, chunks int, answer string, err error) {
	model, file := filepath.Join(built, "model.gguf"), filepath.Join(built, "story.txt")
	if err := os.WriteFile(model, official, 0o644); err != nil {
		return 0, 0, 0, "", err
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return 0, 0, 0, "", err
	}
	var v struct {
		Perplexity, StdErr float64
		Chunks             int
		Text               string
	}
	for _, args := range [][]string{
		{"perplexity", model, "-f", file, "-c", fmt.Sprint(window), "--head", "f16", "--json"},
		{"run", model, "The capital of France is", "--raw", "-n", "32", "--temp", "0", "--json"},
	} {
		out, err := exec.Command(w.trit, args...).Output()
		if err == nil {
			err = json.Unmarshal(out, &v)
		}
		if err != nil {
			return 0, 0, 0, "", err
		}
	}
	return v.Perplexity, v.StdErr, v.Chunks, v.Text, nil
}

// story is a text of twelve paragraphs; its "about" has the one merge of the vocabulary.
func story() []byte {
	var b bytes.Buffer
	for i := range 12 {
		fmt.Fprintf(&b, " = Chapter %d = \n\n On day %d the river rose; nobody was about, and the %dth bridge, the old one, was gone by morning. \n", i, i*7, i+3)
	}
	return b.Bytes()
}

func zipped(name string, data []byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create(name)
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func (w *world) remote(repo, name string) remote {
	b := w.files[repo+"/"+name]
	return remote{Repo: repo, Revision: "main", Name: name, SHA256: sum(b), Bytes: int64(len(b))}
}

// folder is a checkpoint as the real table has it: weights with their sum, the rest without.
func (w *world) folder(repo string) []remote {
	list := folder(repo, "main", "", 0)
	list[0] = w.remote(repo, list[0].Name)
	return list
}

// hub serves files as the Hub does: small ones itself, large ones by a redirect to another server, with their sha256.
type hub struct {
	t     *testing.T
	mu    sync.Mutex
	files map[string][]byte
	// trouble may answer a request for a large file in another way; it reports whether it did.
	trouble  func(w http.ResponseWriter, r *http.Request, name string, data []byte) bool
	unstated bool // no X-Linked-Etag
	asked    []string
	leaked   []string // Authorization at the file server
	front    *httptest.Server
	back     *httptest.Server
}

func newHub(t *testing.T, files map[string][]byte) *hub {
	h := &hub{t: t, files: files}
	h.front = httptest.NewServer(http.HandlerFunc(h.serveFront))
	h.back = httptest.NewServer(http.HandlerFunc(h.serveBack))
	t.Cleanup(h.front.Close)
	t.Cleanup(h.back.Close)
	t.Setenv("HF_ENDPOINT", h.front.URL+"/")
	t.Setenv("HF_TOKEN", "a-secret")
	return h
}

func (h *hub) serveFront(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, r.URL.Path)
	if r.Header.Get("Authorization") != "Bearer a-secret" {
		http.Error(w, "no token", http.StatusUnauthorized)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/")
	if strings.HasSuffix(path, ".zip") != strings.HasPrefix(path, "datasets/") {
		http.NotFound(w, r) // data sets have a prefix, models have none
		return
	}
	name := strings.Replace(strings.TrimPrefix(path, "datasets/"), "/resolve/main/", "/", 1)
	data, ok := h.files[name]
	switch {
	case !ok:
		w.Header().Set("X-Error-Code", "EntryNotFound")
		http.NotFound(w, r)
	case len(data) < 10_000 && !strings.HasSuffix(name, ".zip"):
		w.Header().Set("ETag", `W/"small"`)
		w.Write(data)
	default:
		if !h.unstated {
			w.Header().Set("X-Linked-Etag", `"`+sum(data)+`"`)
		}
		http.Redirect(w, r, h.back.URL+"/"+name, http.StatusFound)
	}
}

func (h *hub) serveBack(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	h.mu.Lock()
	h.asked = append(h.asked, strings.TrimSpace(name+" "+r.Header.Get("Range")))
	if a := r.Header.Get("Authorization"); a != "" {
		h.leaked = append(h.leaked, a)
	}
	data, trouble := h.files[name], h.trouble
	h.mu.Unlock()
	w.Header().Set("ETag", `"`+sum(data)[:32]+`"`)
	if trouble != nil && trouble(w, r, name, data) {
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// set changes what goes wrong from here on.
func (h *hub) set(trouble func(w http.ResponseWriter, r *http.Request, name string, data []byte) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trouble = trouble
}

// cut sends half of a file and drops the connection.
func cut(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	w.Write(data[:len(data)/2])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// requests returns what was asked of the file server for a file.
func (h *hub) requests(name string) (list []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.asked {
		if a == name || strings.HasPrefix(a, name+" ") {
			list = append(list, strings.TrimSpace(strings.TrimPrefix(a, name)))
		}
	}
	return list
}

// theWorldOf returns the shared world, made once.
func theWorldOf(t *testing.T) *world {
	w, err := theWorld()
	require.NoError(t, err)
	return w
}
