package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/internal/synth"
)

// prove runs the program as the command line does, and returns its exit status, report and what it said.
func prove(t *testing.T, tg *target, args ...string) (exit int, rep report, markdown, said string) {
	var out, errs bytes.Buffer
	w := theWorldOf(t)
	args = append([]string{"-trit", w.trit}, args...)
	exit = run(t.Context(), args, tg, &out, &errs)
	dir := args[slices.Index(args, "-dir")+1]
	if b, err := os.ReadFile(filepath.Join(dir, "proof.json")); err == nil {
		require.NoError(t, json.Unmarshal(b, &rep))
	}
	return exit, rep, out.String(), errs.String()
}

func stepOf(t *testing.T, rep report, name string) result {
	i := slices.IndexFunc(rep.Steps, func(r result) bool { return r.Step == name })
	require.GreaterOrEqual(t, i, 0, "no step %s", name)
	return rep.Steps[i]
}

// The whole program on stand-ins: every step runs, every check passes, a cut download goes on, the token stays at home.
func TestProofOfStandIns(t *testing.T) {
	w := theWorldOf(t)
	h := newHub(t, w.files)
	once := true
	h.trouble = func(rw http.ResponseWriter, r *http.Request, name string, data []byte) bool {
		if name == "stand/in-bf16/model.safetensors" && once {
			once = false
			cut(rw, data)
		}
		return false
	}
	dir := t.TempDir()
	exit, rep, markdown, said := prove(t, &w.target, "-dir", dir, "-t", "2")
	require.Zero(t, exit, "%s\n%s", said, markdown)
	require.True(t, rep.OK)
	require.Len(t, rep.Steps, len(steps))
	for _, r := range rep.Steps {
		require.Empty(t, r.Error, r.Step)
		if r.Step != "convert" && r.Step != "master" {
			require.NotEmpty(t, r.Checks, r.Step)
		}
		require.Contains(t, markdown, "| "+r.Step+" |")
		require.Contains(t, said, r.Step+": "+r.About)
	}
	onDisk, err := os.ReadFile(filepath.Join(dir, "proof.md"))
	require.NoError(t, err)
	require.Equal(t, markdown, string(onDisk))
	require.Contains(t, markdown, "All ")
	require.Contains(t, markdown, w.target.Official[0].SHA256)

	weights := w.files["stand/in-bf16/model.safetensors"]
	require.Equal(t, []string{"", fmt.Sprintf("bytes=%d-", len(weights)/2)}, h.requests("stand/in-bf16/model.safetensors"), "the second half alone is asked for again")
	require.Contains(t, said, "again in")
	require.Empty(t, h.leaked, "the token went to the file server")
	left, err := filepath.Glob(filepath.Join(dir, "*", "*", "*.part*"))
	require.NoError(t, err)
	require.Empty(t, left)

	// The master's codes differ, and only where bf16 cannot tell.
	codes := stepOf(t, rep, "codes")
	require.Equal(t, codes.Figures["trit_hash official"], codes.Figures["trit_hash in"])
	require.NotEqual(t, codes.Figures["trit_hash official"], codes.Figures["trit_hash in-bf16"])
	var list []flips
	b, err := json.Marshal(stepOf(t, rep, "latents").Figures["tensors"])
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &list))
	require.Len(t, list, 14)
	for _, f := range list {
		require.Positive(t, f.Flipped, f.Tensor)
		require.Equal(t, f.Flipped, f.AtThreshold, f.Tensor)
	}

	// A second run downloads nothing; -only runs what it names.
	before := len(h.asked)
	exit, rep, _, said = prove(t, &w.target, "-dir", dir, "-only", "show,perplexity")
	require.Zero(t, exit, said)
	require.Len(t, rep.Steps, 2)
	require.Equal(t, before, len(h.asked))
	t.Setenv("HF_HUB_OFFLINE", "1")
	exit, _, _, said = prove(t, &w.target, "-dir", dir, "-only", "head")
	require.Zero(t, exit, said)
}

// fill writes files where a download would have put them.
func fill(t *testing.T, dir string, files map[string][]byte) {
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, data, 0o644))
	}
}

// Each thing that can be wrong fails its check, and no other's absence hides it: exit status 5.
func TestWhatIsWrongIsFound(t *testing.T) {
	w := theWorldOf(t)
	t.Setenv("HF_HUB_OFFLINE", "1")
	good := t.TempDir()
	fill(t, good, w.files)
	for _, c := range []struct {
		name, step, what string
		target           func(t *target)
		files            func(f map[string][]byte)
	}{
		{name: "a perplexity outside the reference", step: "perplexity", what: "perplexity", target: func(t *target) { t.Perplexity *= 2 }},
		{name: "another number of chunks", step: "perplexity", what: "chunks", target: func(t *target) { t.Chunks++ }},
		{name: "a head that costs too much", step: "head", what: "the int8 head", target: func(t *target) { t.HeadCost = 1e-9 }},
		{name: "a text too short to know the int4 head by", step: "screen", what: "positions", target: func(t *target) { t.Positions = 1 << 30 }},
		{name: "another answer", step: "answer", what: "the continuation", target: func(t *target) { t.Answer = "Paris" }},
		{name: "another architecture", step: "show", what: "architecture", target: func(t *target) { t.Arch = "bitnet" }},
		{name: "other tensors", step: "show", what: "tensors by type", target: func(t *target) { t.Types = map[string]int{"i2_s": 15} }},
		{name: "scales too far apart", step: "codes", what: "in: largest relative difference of a scale", target: func(t *target) { t.ScaleError = 1e-6 }},
		{name: "too many codes that differ", step: "codes", what: "in-bf16: codes that differ", target: func(t *target) { t.FlipShare = 1e-6 }},
		{name: "a packed code that differs", step: "codes", what: "in: codes that differ", files: func(f map[string][]byte) {
			b := slices.Clone(f["stand/in/model.safetensors"])
			b[len(b)/2] ^= flip(b[len(b)/2])
			f["stand/in/model.safetensors"] = b
		}},
		{name: "a master of other weights", step: "latents", what: "codes of opposite sign", files: func(f map[string][]byte) {
			f["stand/in-bf16/model.safetensors"] = synth.Folder(synth.Tiny, synth.Master, seed+1)["model.safetensors"].Data
		}},
		{name: "a broken official file", step: "verify", what: "model.gguf", files: func(f map[string][]byte) {
			b := slices.Clone(f["stand/in-gguf/model.gguf"])
			for i := len(b) / 2; i < len(b)/2+4096; i++ {
				b[i] = 0xff
			}
			f["stand/in-gguf/model.gguf"] = b
		}},
		{name: "a tokenizer that splits otherwise", step: "tokens", what: "tokens", files: func(f map[string][]byte) {
			f["stand/in/tokenizer.json"] = bytes.Replace(f["stand/in/tokenizer.json"], []byte(`["a","b"]`), []byte(``), 1)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tg, dir := w.target, good
			if c.files != nil {
				f := maps.Clone(w.files)
				c.files(f)
				dir = t.TempDir()
				fill(t, dir, f)
				for _, list := range []*[]remote{&tg.Official, &tg.Packed, &tg.Master} {
					*list = slices.Clone(*list)
					(*list)[0].SHA256, (*list)[0].Bytes = "", 0
				}
			}
			if c.target != nil {
				c.target(&tg)
			}
			exit, rep, markdown, said := prove(t, &tg, "-dir", dir, "-only", c.step)
			require.Equal(t, 5, exit, said)
			require.False(t, rep.OK)
			require.Contains(t, markdown, "**FAIL**")
			var bad []string
			for _, x := range stepOf(t, rep, c.step).Checks {
				if !x.OK {
					bad = append(bad, x.What)
				}
			}
			require.True(t, slices.ContainsFunc(bad, func(s string) bool { return strings.HasPrefix(s, c.what) }), "%v", bad)
		})
	}
}

// flip returns what changes one of the four codes of a packed byte into another valid one: 0 and 2 meet at 1.
func flip(b byte) byte {
	if b&3 == 1 {
		return 1 // 1 → 0
	}
	return b&3 ^ 1 // 0, 2 → 1
}

func TestATextOfOnesOwnIsNotHeldAgainstTheReference(t *testing.T) {
	w := theWorldOf(t)
	newHub(t, w.files)
	dir := t.TempDir()
	own := filepath.Join(t.TempDir(), "own.txt")
	require.NoError(t, os.WriteFile(own, append(story(), story()...), 0o644))
	tg := w.target
	tg.Perplexity = 1
	exit, rep, _, said := prove(t, &tg, "-dir", dir, "-only", "perplexity", "-text", own)
	require.Zero(t, exit, said)
	require.Empty(t, stepOf(t, rep, "perplexity").Checks)
	require.Contains(t, strings.Join(stepOf(t, rep, "perplexity").Notes, "\n"), "not compared")
	require.NoFileExists(t, w.target.Text[0].path(dir), "the archive is not needed then")
	// The same text as a file of one's own is the reference's text.
	require.NoError(t, os.WriteFile(own, story(), 0o644))
	exit, _, _, _ = prove(t, &tg, "-dir", dir, "-only", "perplexity", "-text", own)
	require.Equal(t, 5, exit)
}

func TestAStepThatCannotBeDoneIsAFailureAndTheOthersRun(t *testing.T) {
	w := theWorldOf(t)
	newHub(t, w.files)
	dir := t.TempDir()
	short := filepath.Join(t.TempDir(), "short.txt")
	require.NoError(t, os.WriteFile(short, []byte("too short"), 0o644))
	exit, rep, markdown, said := prove(t, &w.target, "-dir", dir, "-only", "show,perplexity", "-text", short)
	require.Equal(t, 1, exit, said)
	require.False(t, rep.OK)
	require.Contains(t, stepOf(t, rep, "perplexity").Error, "two chunks")
	require.NotContains(t, markdown, "checks passed")
	require.Empty(t, stepOf(t, rep, "show").Error)
}

func TestUsage(t *testing.T) {
	w := theWorldOf(t)
	for _, c := range []struct {
		want int
		says string
		args []string
	}{
		{2, "no step", []string{"-only", "nonsense"}},
		{2, "no step is left", []string{"-only", "show", "-skip", "show"}},
		{2, "flag provided but not defined", []string{"-nonsense"}},
		{2, "no argument", []string{"show"}},
		{1, "no trit command", []string{"-trit", filepath.Join(t.TempDir(), "none")}},
		{0, "steps: show verify", []string{"-n"}},
		{0, "HF_ENDPOINT", []string{"-h"}},
	} {
		dir := t.TempDir()
		exit, _, _, said := prove(t, &w.target, append([]string{"-dir", dir}, c.args...)...)
		require.Equal(t, c.want, exit, "%v: %s", c.args, said)
		require.Contains(t, said, c.says)
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, entries, "%v", c.args)
	}
}

// Where the disk has no room nothing is asked for.
func TestNoRoom(t *testing.T) {
	if free(t.TempDir()) < 0 {
		t.Skip("the room on the disk is not known here")
	}
	w := theWorldOf(t)
	h := newHub(t, w.files)
	tg := w.target
	tg.Official = slices.Clone(tg.Official)
	tg.Official[0].Bytes = 1 << 60
	exit, _, _, said := prove(t, &tg, "-dir", t.TempDir(), "-only", "show")
	require.Equal(t, 1, exit)
	require.Contains(t, said, "has room for")
	require.Empty(t, h.asked)
}

// The table of the real model is what the page says.
func TestTheTableIsDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/real-models.md")
	require.NoError(t, err)
	page := string(b)
	var total int64
	for _, list := range [][]remote{bitnet2B4T.Official, bitnet2B4T.Packed, bitnet2B4T.Master, bitnet2B4T.Text} {
		require.Len(t, list[0].SHA256, 64)
		require.Contains(t, page, list[0].SHA256)
		for _, r := range list {
			require.Len(t, r.Revision, 40, r.Name)
			require.Contains(t, page, r.Revision[:8])
			require.Contains(t, page, r.Repo)
			total += r.Bytes
		}
	}
	require.Contains(t, page, "7.2 GB")
	require.Equal(t, "7.20 GB", size(total))
	require.Contains(t, page, bitnet2B4T.TextSHA256)
	require.Contains(t, page, fmt.Sprintf("%.4f ± %.4f", bitnet2B4T.Perplexity, bitnet2B4T.StdErr))
	require.Contains(t, page, fmt.Sprint(bitnet2B4T.Chunks))
	for _, s := range steps {
		require.Contains(t, page, "| `"+s.name+"` |")
	}
	for _, name := range []string{"HF_ENDPOINT", "HF_TOKEN", "HF_HUB_OFFLINE", "TRIT_MODELS"} {
		require.Contains(t, page, name)
	}
}

func TestHalfStep(t *testing.T) {
	// Neighbours of 0.609375 in bf16 are 0.60546875 and 0.61328125; of 1.078125, 1.0703125 and 1.0859375.
	require.Equal(t, 0.001953125, halfStep(0.609375))
	require.Equal(t, 0.00390625, halfStep(1.078125))
}

func TestInterruptedIs130(t *testing.T) {
	w := theWorldOf(t)
	h := newHub(t, w.files)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dir := t.TempDir()
	h.trouble = func(rw http.ResponseWriter, r *http.Request, _ string, data []byte) bool {
		rw.Header().Set("Content-Length", fmt.Sprint(len(data)))
		rw.Write(data[:len(data)/2])
		rw.(http.Flusher).Flush()
		for part := w.target.Official[0].path(dir) + ".part"; ; time.Sleep(time.Millisecond) {
			if info, err := os.Stat(part); err == nil && info.Size() > 0 {
				break
			}
		}
		cancel() // Ctrl-C while the second half is awaited
		<-r.Context().Done()
		return true
	}
	var out, errs bytes.Buffer
	args := []string{"-trit", w.trit, "-dir", dir, "-only", "show"}
	require.Equal(t, 130, run(ctx, args, &w.target, &out, &errs), errs.String())
	require.Contains(t, errs.String(), "goes on")
	path := w.target.Official[0].path(dir)
	require.NoFileExists(t, path)
	h.set(nil)
	exit, _, _, said := prove(t, &w.target, args[2:]...)
	require.Zero(t, exit, said)
	require.FileExists(t, path)
	require.NoFileExists(t, path+".part")
	asked := h.requests("stand/in-gguf/model.gguf")
	require.Len(t, asked, 2)
	require.Regexp(t, `^bytes=[1-9]\d*-$`, asked[1])
}

// onWord is a writer that does something when a word comes by.
type onWord struct {
	word string
	do   func()
	said bytes.Buffer
}

func (o *onWord) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte(o.word)) {
		o.do()
	}
	return o.said.Write(b)
}

// Ctrl-C in a step ends the command that is at work, and leaves no report of half a proof.
func TestInterruptedInAStep(t *testing.T) {
	w := theWorldOf(t)
	t.Setenv("HF_HUB_OFFLINE", "1")
	dir := t.TempDir()
	fill(t, dir, w.files)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	long := filepath.Join(t.TempDir(), "long.txt")
	require.NoError(t, os.WriteFile(long, bytes.Repeat(story(), 5000), 0o644))
	said := &onWord{word: "not the one that the published figure", do: func() { time.AfterFunc(100*time.Millisecond, cancel) }}
	var out bytes.Buffer
	start := time.Now()
	exit := run(ctx, []string{"-trit", w.trit, "-dir", dir, "-only", "perplexity", "-text", long}, &w.target, &out, said)
	require.Equal(t, 130, exit, said.said.String())
	require.Less(t, time.Since(start), 30*time.Second, "the command was ended, not awaited")
	require.Empty(t, out.String())
	require.NoFileExists(t, filepath.Join(dir, "proof.json"))
}
