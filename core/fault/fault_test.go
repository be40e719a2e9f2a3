package fault

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
)

// every class, with the sentinel and the code that users see.
var classes = map[Class]struct {
	sentinel error
	code     string
}{
	Truncated: {ErrFormat, "truncated"}, Magic: {ErrFormat, "bad-header"}, Version: {ErrUnsupported, "unsupported-arch"}, Endian: {ErrUnsupported, "unsupported-arch"},
	Count: {ErrFormat, "bad-header"}, Length: {ErrFormat, "bad-header"}, Key: {ErrFormat, "bad-header"}, Type: {ErrFormat, "bad-header"}, Value: {ErrFormat, "bad-header"},
	Alignment: {ErrFormat, "bad-layout"}, Shape: {ErrFormat, "bad-layout"}, Overflow: {ErrFormat, "bad-layout"}, Offset: {ErrFormat, "bad-layout"}, Bounds: {ErrFormat, "bad-layout"},
	JSON: {ErrFormat, "bad-header"}, Limit: {ErrLimit, "limit"}, Arch: {ErrUnsupported, "unsupported-arch"}, TensorType: {ErrUnsupported, "unsupported-type"},
	Ambiguous: {ErrUnsupported, "ambiguous-layout"}, Config: {ErrFormat, "bad-header"}, Tensor: {ErrFormat, "bad-layout"}, Code: {ErrFormat, "bad-header"}, Scale: {ErrFormat, "bad-header"},
	NotTernary: {ErrNotTernary, "not-ternary"}, NotFinite: {ErrNotFinite, "not-finite"}, Template: {ErrUnsupported, "template"}, NotFound: {ErrNotFound, "not-found"},
	Usage: {ErrUsage, "usage"}, Misbehave: {ErrMisbehave, "would-misbehave"}, Changed: {ErrChanged, "changed"}, Memory: {ErrMemory, "out-of-memory"},
}

func TestEveryClassHasOneSentinelAndOneCode(t *testing.T) {
	all := []error{ErrFormat, ErrUnsupported, ErrLimit, ErrNotTernary, ErrNotFinite, ErrNotFound, ErrUsage, ErrMisbehave, ErrChanged, ErrMemory}
	for class, want := range classes {
		err := fmt.Errorf("wrapped: %w", New("x", class, "what"))
		for _, sentinel := range all {
			require.Equal(t, sentinel == want.sentinel, errors.Is(err, sentinel), "%s and %v", class, sentinel)
		}
		require.Equal(t, want.code, class.ErrorCode())
	}
}

func TestErrorsAreSentences(t *testing.T) {
	e := At("gguf", Length, 24, "a string of ", "9", " bytes").In("general.name").Try("download it ", "again").Because(io.ErrUnexpectedEOF)
	require.Equal(t, "gguf: general.name: a string of 9 bytes (offset 24)", e.Error())
	require.Equal(t, "download it again", e.Next)
	require.ErrorIs(t, e, io.ErrUnexpectedEOF)
	InFile(fmt.Errorf("x: %w", e), "m.gguf")
	InFile(e, "other")
	require.Equal(t, "gguf: m.gguf: general.name: a string of 9 bytes (offset 24)", e.Error())
	require.Equal(t, "x: unexpected EOF", New("x", JSON).Because(io.ErrUnexpectedEOF).Error())
	require.NoError(t, InFile(nil, "x"))
}

func TestTextFromFilesCannotMoveTheCursor(t *testing.T) {
	for in, want := range map[string]string{
		"plain ü 漢": "plain ü 漢", "a\x1b[31mb": `a\u{1b}[31mb`, "a\nb\tc": `a\u{a}b\u{9}c`, "\x9b": `\x9b`, "\u009b": `\u{9b}`, "\u202eabc": `\u{202e}abc`,
		"\xff\xfe": `\xff\xfe`, "\u2028": `\u{2028}`, "\ufeff": `\u{feff}`, "�": `\u{fffd}`, "\x7f": `\u{7f}`,
	} {
		require.Equal(t, want, Clean(in))
	}
	long := strings.Repeat("ü", 500)
	q := Quote(long)
	require.True(t, utf8.ValidString(q))
	require.Less(t, len(q), 2*maxQuote)
	e := New("x", Config, "m").In("\x1b]0;title\a")
	require.NotContains(t, e.Error(), "\x1b")
}

func TestAppendJSON(t *testing.T) {
	e := At("gguf", Bounds, 1<<40, "says \"no\"\x00\xff").In("blk\n0").Try("next")
	InFile(e, "a\\b")
	b := e.AppendJSON(nil)
	require.True(t, jsontext.Value(b).IsValid(), string(b))
	require.True(t, strings.HasPrefix(string(b), `{"code":"bad-layout","message":`), string(b))
	require.Contains(t, string(b), `"offset":1099511627776`)
}

func TestForeignHeadsAreNamed(t *testing.T) {
	for head, want := range map[string]string{
		"version https://git-lfs.github.com/spec/v1\noid sha256:": "Git LFS", "<!DOCTYPE html>": "HTML", "\n <HTML lang=en>": "HTML", "ggjt\x03": "ggjt", "tjgg": "ggjt", "PK\x03\x04": "zip",
		"\x1f\x8b\x08": "gzip", `{"a":1}`: "JSON", "FUGG\x00": "byte-swapped", "\x00\x00\x00\x00\x00\x00\x00\x00\x00": "zeros",
	} {
		what, next := Foreign([]byte(head))
		require.Contains(t, what, want)
		require.NotEmpty(t, next)
	}
	what, next := Foreign([]byte("GGUF\x03\x00"))
	require.Empty(t, what+next)
	what, _ = Foreign(nil)
	require.Empty(t, what)
}

func ExampleError() {
	err := error(At("gguf", Length, 24, "a string of 2^60 bytes, and 100 are left").In("general.name").Try("download the file again"))
	fmt.Println(err)
	var e *Error
	if errors.As(err, &e) && errors.Is(err, ErrFormat) {
		fmt.Println(e.Class.ErrorCode()+":", e.Next)
	}
	// Output:
	// gguf: general.name: a string of 2^60 bytes, and 100 are left (offset 24)
	// bad-header: download the file again
}
