package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"pgregory.net/rapid"
)

// typed returns an editor after keys, and what the last of them did.
func typed(t *testing.T, e *editor, keys string) (done bool, err error) {
	t.Helper()
	rest, done, err := e.keys([]byte(keys))
	require.Empty(t, rest, "keys of %q", keys)
	return done, err
}

// Each key does what it does in every line editor. | is the cursor.
func TestKeysEdit(t *testing.T) {
	const left, right, up, down, home, end, del = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B", "\x1b[H", "\x1bOF", "\x1b[3~"
	for keys, want := range map[string]string{
		"abc" + left + "X":                         "abX|c",
		"abc\x02\x02\x06X":                         "abX|c",
		"abc" + home + "X":                         "X|abc",
		"abc\x01" + del + "\x05d":                  "bcd|",
		"abc" + home + end + "\x7f":                "ab|",
		"abc\x1b[1~\x1b[4~d":                       "abcd|",
		"abc" + left + "\x04":                      "ab|",
		"漢字" + left + "\x08":                       "|字",
		"e\u0301x" + left + "\x7f":                 "|x",
		"👨‍👩‍👧🇩🇪" + "\x7f":                         "👨‍👩‍👧|",
		"👨‍👩‍👧🇩🇪" + left + left + del:              "|🇩🇪",
		"one two  \x17":                            "one |",
		"one, two_three\x1bb\x1bbX":                "X|one, two_three",
		"one two\x01\x1bf\x1bd":                    "one|",
		"one two\x1b[1;5D\x1b[1;3DX\x1b[1;5CY":     "XoneY| two",
		"größe\x17\x19\x19":                        "größegröße|",
		"one two\x1b\x7f":                          "one |",
		"abc\x15\x19!":                             "abc!|",
		"abc" + left + left + "\x0b\x05\x19":       "abc|",
		"a\x1b\rb" + up + "X" + down + "Y":         "aX\nbY|",
		"long line\x1b\rb" + up + end + down + "X": "long line\nbX|",
		"漢\x1b\r漢" + up + "X":                      "漢X|\n漢",
		"a\x1b\rb" + home + "\x7f":                 "a|b",
		"a\x1b\rb" + home + left + "X":             "aX|\nb",
		"a\x1b[99;99~\x1b[?1u\x1bOqb\x1bé\x00":     "ab|", // keys that mean nothing here
		"\x1b[200~a\rb\r\nc\td\x1be\x07\x1b[201~":  "a\nb\nc\tde|",
		"\x1b[200~/exit\r\x1b[201~":                "/exit\n|",
		"x\x1b[200~\x03\x04\x1b[201~":              "x|",
		"a\x80b":                                   "ab|",
	} {
		e := &editor{}
		e.begin("> ")
		done, err := typed(t, e, keys)
		require.False(t, done)
		require.NoError(t, err)
		require.Equal(t, want, e.text[:e.at]+"|"+e.text[e.at:], "%q", keys)
	}
}

func TestKeysEndAText(t *testing.T) {
	e := &editor{}
	e.begin("> ")
	for keys, want := range map[string]error{"\x04": io.EOF, "\x03": errAtPrompt, "x\x03": errCleared} {
		e.begin("> ")
		_, err := typed(t, e, keys)
		require.Equal(t, want, err)
	}
	e.begin("> ")
	rest, done, err := e.keys([]byte("one\rtwo\r"))
	require.NoError(t, err)
	require.True(t, done)
	require.Equal(t, "one", e.text)
	require.Equal(t, "two\r", string(rest), "the next line waits for its turn")
}

// A key or a paste that comes in pieces is the same as in one.
func TestKeysInPieces(t *testing.T) {
	const keys = "a漢\x1b[D\x1b[1;5D\x1b[200~é\r漢\x1b[201~!\x1bOF.\x7f"
	whole := &editor{}
	_, err := typed(t, whole, keys)
	require.NoError(t, err)
	require.Equal(t, "é\n漢!a漢", whole.text)
	e := &editor{}
	var held []byte
	for i := range len(keys) {
		held = append(held, keys[i])
		if keys[i] == 27 && !e.paste {
			continue // a lone ESC is a key, so what follows comes with it
		}
		held, _, err = e.keys(held)
		require.NoError(t, err)
	}
	require.Empty(t, held)
	require.Equal(t, whole.text, e.text)
	require.Equal(t, whole.at, e.at)
}

func TestHistoryIsRecalled(t *testing.T) {
	e := &editor{}
	for _, line := range []string{"one", "two", "two", " ", "three\x1b\rlines"} {
		e.begin("> ")
		done, _ := typed(t, e, line+"\r")
		require.True(t, done)
		e.remember()
	}
	e.begin("> ")
	for _, step := range [][2]string{
		{"draft\x10", "three\nlines"}, {"\x1b[A", "three\nlines"}, {"\x1b[A", "two"}, {"\x1b[A", "one"}, {"\x1b[A", "one"},
		{"\x0e", "two"}, {"\x1b[B", "three\nlines"}, {"\x1b[B", "draft"}, {"\x1b[B", "draft"},
	} {
		_, err := typed(t, e, step[0])
		require.NoError(t, err)
		require.Equal(t, step[1], e.text)
	}
}

func TestATextThatIsTooLongStaysWhatItWas(t *testing.T) {
	e := &editor{}
	_, err := typed(t, e, pasteBegin+strings.Repeat("x", maxTyped)+pasteEnd+"y")
	require.NoError(t, err)
	_, err = typed(t, e, pasteBegin+"zz"+pasteEnd)
	require.ErrorIs(t, err, fault.ErrLimit)
	require.Equal(t, strings.Repeat("x", maxTyped), e.text)

	e.begin("> ")
	held, _, err := e.keys([]byte(pasteBegin))
	require.NoError(t, err)
	for range 3 {
		held, _, err = e.keys(append(held, bytes.Repeat([]byte("漢"), maxTyped/2)...))
		require.NoError(t, err)
		require.Less(t, len(held), 100, "no more is kept than is needed to find the end")
	}
	_, _, err = e.keys(append(held, pasteEnd...))
	require.ErrorIs(t, err, fault.ErrLimit)
	_, err = typed(t, e, pasteBegin+"fits"+pasteEnd)
	require.NoError(t, err)
	require.Equal(t, "fits", e.text)
}

// screen is a terminal: as much of one as the editor asks for.
type screen struct {
	width, height int
	cells         [][]string
	x, y          int
}

func newScreen(width, height int) *screen {
	s := &screen{width: width, height: height}
	for range height {
		s.cells = append(s.cells, make([]string, width))
	}
	return s
}

func (s *screen) Write(b []byte) (int, error) {
	for text := string(b); text != ""; {
		var n int
		switch {
		case text[0] == '\r':
			s.x, text = 0, text[1:]
		case text[0] == '\n':
			s.down()
			text = text[1:]
		case strings.HasPrefix(text, "\x1b[J"):
			clear(s.cells[s.y][s.x:])
			for _, row := range s.cells[s.y+1:] {
				clear(row)
			}
			text = text[3:]
		case strings.HasPrefix(text, "\x1b[H\x1b[2J"):
			for _, row := range s.cells {
				clear(row)
			}
			s.x, s.y, text = 0, 0, text[7:]
		case text[0] == 27:
			if _, err := fmt.Sscanf(text, "\x1b[%dA", &n); err != nil {
				return 0, fmt.Errorf("unknown sequence: %q", text)
			}
			s.y = max(s.y-n, 0)
			text = text[strings.IndexByte(text, 'A')+1:]
		default:
			c, rest, _, _ := uniseg.FirstGraphemeClusterInString(text, -1)
			w := runewidth.StringWidth(c)
			if s.x+w > s.width {
				return 0, fmt.Errorf("%q does not fit into row %d", c, s.y)
			}
			if w > 0 {
				s.cells[s.y][s.x] = c
			}
			s.x, text = s.x+w, rest
		}
	}
	return len(b), nil
}

func (s *screen) down() {
	if s.y++; s.y == s.height {
		s.cells = append(s.cells[1:], make([]string, s.width))
		s.y--
	}
}

func (s *screen) rows() string {
	var list []string
	for _, row := range s.cells {
		line := ""
		for i := 0; i < len(row); i++ {
			c := row[i]
			if c == "" {
				c = " "
			}
			line += c
			i += max(runewidth.StringWidth(c)-1, 0)
		}
		list = append(list, strings.TrimRight(line, " "))
	}
	return strings.TrimRight(strings.Join(list, "\n"), "\n")
}

func (s *screen) size() (int, int) { return s.width, s.height }

func TestDrawing(t *testing.T) {
	s := newScreen(12, 5)
	e := &editor{}
	e.begin("> ")
	show := func(keys, rows string, x, y int) {
		t.Helper()
		_, err := typed(t, e, keys)
		require.NoError(t, err)
		e.draw(s, s.size)
		require.Equal(t, rows, s.rows())
		require.Equal(t, [2]int{x, y}, [2]int{s.x, s.y})
	}
	show("", ">", 2, 0)
	show("漢字", "> 漢字", 6, 0)
	show("\x1b[D", "> 漢字", 4, 0)
	show("\x7f", "> 字", 2, 0)
	show("\x05abcdefg", "> 字abcdefg", 0, 1) // the next character goes there
	show("hi", "> 字abcdefg\nhi", 2, 1)
	show("\x01", "> 字abcdefg\nhi", 2, 0)
	show("\x15\x0b", ">", 2, 0)
	show(pasteBegin+"1\r2\r3\r4\r5\r6\r7"+pasteEnd, "  3\n  4\n  5\n  6\n  7", 3, 4) // longer than the screen
	show("\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A", "> 1\n  2\n  3\n  4\n  5", 3, 0)
	show("\x0c", "> 1\n  2\n  3\n  4\n  5", 3, 0)
	e.finish(s, s.size)
	require.Equal(t, "  4\n  5\n  6\n  7", s.rows())
	require.Equal(t, [2]int{0, 4}, [2]int{s.x, s.y})
	e.begin("> ")
	show("\x1b[200~\x1b]0;t\x07\u202e\x1b[201~", "  4\n  5\n  6\n  7\n> ]0;t�", 7, 4)
}

// A screen that became narrower has broken the rows, and the next drawing begins where the first of them does now.
func TestDrawingOnANarrowerScreen(t *testing.T) {
	wide, narrow := newScreen(20, 6), newScreen(10, 6)
	e := &editor{}
	e.begin("> ")
	_, err := typed(t, e, "0123456789abcdefghijklmn")
	require.NoError(t, err)
	e.draw(wide, wide.size)
	require.Equal(t, "> 0123456789abcdefg\nhijklmn", wide.rows())
	fmt.Fprint(narrow, "before\r\n> 01234567\r\n89abcdefg\r\nhijklmn") // as terminals do it
	e.draw(narrow, narrow.size)
	require.Equal(t, "before\n> 0123456\n789abcdef\nghijklmn", narrow.rows())
}

// Whatever is typed, the cursor is between two characters of a valid text, and the screen shows what a
// fresh one would.
func TestEditorLaws(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"a", "word ", "漢字", "e\u0301", "🇩🇪", "👨‍👩‍👧", "\t", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[3~", "\x7f", "\x17", "\x15", "\x0b", "\x19",
		"\x1b\r", "\x1b[1;5D", "\x1b[1;5C", pasteBegin + "one\rtwo\rthree漢字漢字漢字漢字" + pasteEnd, "\x1bb", "\x1bd", "\xff", "\x1b", "\u200d",
	})
	rapid.Check(t, func(t *rapid.T) {
		width, height := rapid.IntRange(8, 40).Draw(t, "width"), rapid.IntRange(2, 8).Draw(t, "height")
		s := newScreen(width, height)
		e := &editor{history: []string{"one", "two\nlines"}}
		e.begin("> ")
		var held []byte
		for range rapid.IntRange(1, 30).Draw(t, "keys") {
			var err error
			if held, _, err = e.keys(append(held, piece.Draw(t, "key")...)); err != nil {
				t.Fatal(err)
			}
			if !utf8.ValidString(e.text) || e.at < 0 || e.at > len(e.text) || !utf8.ValidString(e.text[:e.at]) {
				t.Fatalf("the cursor is at %d of %q", e.at, e.text)
			}
			e.draw(s, s.size)
		}
		fresh := newScreen(width, height)
		again := &editor{prompt: "> ", text: e.text, at: e.at}
		again.draw(fresh, fresh.size)
		if s.rows() != fresh.rows() && !strings.HasSuffix(s.rows(), fresh.rows()) {
			t.Fatalf("the screen shows\n%s\nand not\n%s", s.rows(), fresh.rows())
		}
		if s.x != fresh.x {
			t.Fatalf("the cursor is in column %d, and not in %d", s.x, fresh.x)
		}
	})
}
