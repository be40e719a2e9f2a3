package template

// Against jinja2 as transformers sets it up (testdata/template/gen.py).

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
)

const golden = "../../testdata/template"

// theMoment is the clock of gen.py.
var theMoment = Clock{Year: 2026, Month: 3, Day: 5, Hour: 14, Minute: 7, Second: 9}

func read(t testing.TB, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, v))
}

// data makes Data of a JSON object of variables.
func data(t testing.TB, object []byte) Data {
	t.Helper()
	v, err := ParseJSON(object)
	require.NoError(t, err)
	d := Data{Extra: map[string]Value{}, Now: theMoment}
	for i, key := range v.dict().keys {
		d.Extra[key.str] = v.dict().values[i]
	}
	return d
}

// check holds a rendering against what jinja2 made: a text, or nothing where it fails.
func check(t *testing.T, source, name string, d Data, want *string) {
	t.Helper()
	got, err := render(source, d)
	if want == nil {
		if assert.Error(t, err, "%s\nrendered %q, and jinja2 fails", name, got) {
			assert.Regexp(t, `^template: line \d+, column \d+: .`, err.Error(), name)
		}
		return
	}
	if !assert.NoError(t, err, "%s\njinja2 renders %q", name, *want) {
		return
	}
	if len(*want) == 71 && (*want)[:7] == "sha256:" {
		sum := sha256.Sum256([]byte(got))
		got = "sha256:" + hex.EncodeToString(sum[:])
	}
	assert.Equal(t, *want, got, name)
}

func TestCasesAreJinjas(t *testing.T) {
	var g struct {
		Data    json.RawMessage
		Cases   [][2]*string
		Refused []string
	}
	read(t, filepath.Join(golden, "cases.json"), &g)
	d := data(t, g.Data)
	for _, c := range g.Cases {
		check(t, *c[0], *c[0], d, c[1])
	}
	require.Greater(t, len(g.Cases), 500)
	for _, source := range g.Refused {
		_, err := render(source, d)
		require.ErrorIs(t, err, fault.ErrUnsupported, source)
		require.Regexp(t, `^template: line 1, column \d+: .*outside the subset`, err.Error(), source)
	}
}

// TRIT_TEMPLATES names a folder of further templates, of which gen.py FOLDER FOLDER.json wrote what they render.
func TestChatsAreTransformers(t *testing.T) {
	testChats(t, filepath.Join(golden, "chats.json"), filepath.Join(golden, "chat"))
	if folder := os.Getenv("TRIT_TEMPLATES"); folder != "" {
		testChats(t, folder+".json", folder)
	}
}

func testChats(t *testing.T, file, folder string) {
	var g struct {
		Chats    map[string]json.RawMessage
		Rendered map[string]map[string]*string
	}
	read(t, file, &g)
	require.NotEmpty(t, g.Chats)
	files, err := filepath.Glob(filepath.Join(folder, "*.jinja"))
	require.NoError(t, err)
	require.Len(t, g.Rendered, len(files), "%s is not of this folder", file)
	for name, outputs := range g.Rendered {
		require.Len(t, outputs, len(g.Chats), name)
		source, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		for chat, want := range outputs {
			check(t, string(source), name+" × "+chat, data(t, g.Chats[chat]), want)
		}
	}
}

func readChat(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(golden, "chat", name+".jinja"))
	require.NoError(t, err)
	return string(b)
}
