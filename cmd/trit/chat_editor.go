package main

// A line editor: keys in, a text and a picture of it out. It knows how wide characters are, takes a paste of several
// lines for one text, and draws what is longer than the screen in part.

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	"github.com/rivo/uniseg"
	"github.com/tritkit/tritkit/core/fault"
)

// maxTyped bounds a text that is edited: each key lays it out anew.
const maxTyped = 256 << 10

// maxHistory is how many texts can be recalled. They live as long as the chat.
const maxHistory = 1000

// editor is the text that is being typed. The zero value is ready for begin.
type editor struct {
	prompt string
	text   string
	at     int // the cursor: a byte of text, between two characters

	history []string
	place   int    // of what is shown in history; len(history): nowhere
	draft   string // what was typed before the history was looked at
	killed  string // what Ctrl-Y brings back

	paste  bool  // the next bytes are pasted
	cutOff bool  // some of them are not kept: they are too many
	clear  bool  // the whole screen is drawn anew
	above  []int // columns of the rows that were drawn above the cursor's
	left   int   // columns before the cursor in its own
}

// begin starts another text.
func (e *editor) begin(prompt string) {
	e.prompt, e.text, e.at, e.place, e.draft = prompt, "", 0, len(e.history), ""
	e.above, e.left = nil, 0
}

// remember makes the text one that can be recalled.
func (e *editor) remember() {
	if n := len(e.history); strings.TrimSpace(e.text) == "" || n > 0 && e.history[n-1] == e.text {
		return
	}
	if e.history = append(e.history, e.text); len(e.history) > maxHistory {
		e.history = e.history[1:]
	}
}

// keys takes keys from b until the text is done, or the next is not whole yet, and returns the others. The error is
// io.EOF, errAtPrompt, errCleared, or a fault of a paste that is too long.
func (e *editor) keys(b []byte) (rest []byte, done bool, err error) {
	for len(b) > 0 && !done && err == nil {
		if e.paste {
			text, n := pasted(b)
			if n < 0 {
				if len(b) > maxTyped {
					b, e.cutOff = b[len(b)-len(pasteEnd):], true // only the end is looked for from here
				}
				return b, false, nil
			}
			e.paste, b = false, b[n:]
			if e.cutOff || len(e.text)+len(text) > maxTyped {
				e.cutOff = false
				err = fault.New("chat", fault.Limit, "a text of more than ", strconv.Itoa(maxTyped>>10), " KiB to edit").Try("trit chat MODEL < FILE")
			}
			if err == nil {
				e.insert(text)
			}
			continue
		}
		k, n := nextKey(b)
		if n == 0 {
			break
		}
		b = b[n:]
		done, err = e.key(k)
	}
	return b, done, err
}

// key does what one key says, and reports whether it ends the text.
func (e *editor) key(k key) (done bool, err error) {
	switch k {
	case '\r', '\n':
		return true, nil
	case ctrlC:
		if e.text == "" {
			return false, errAtPrompt
		}
		return false, errCleared
	case ctrlD, keyDelete:
		if k == ctrlD && e.text == "" {
			return false, io.EOF
		}
		e.cut(e.at, e.after(e.at))
	case '\b', 0x7f:
		e.cut(e.before(e.at), e.at)
	case keyLeft, ctrlB:
		e.at = e.before(e.at)
	case keyRight, ctrlF:
		e.at = e.after(e.at)
	case keyWordLeft:
		e.at = e.wordLeft()
	case keyWordRight:
		e.at = e.wordRight()
	case keyHome, ctrlA:
		e.at = e.lineStart(e.at)
	case keyEnd, ctrlE:
		e.at = e.lineEnd(e.at)
	case keyUp, ctrlP:
		e.up()
	case keyDown, ctrlN:
		e.down()
	case ctrlW:
		e.kill(e.wordLeft(), e.at)
	case keyWordDelete:
		e.kill(e.at, e.wordRight())
	case ctrlU:
		e.kill(e.lineStart(e.at), e.at)
	case ctrlK:
		e.kill(e.at, e.lineEnd(e.at))
	case ctrlY:
		e.insert(e.killed)
	case keyNewline:
		e.insert("\n")
	case keyPaste:
		e.paste = true
	case ctrlL:
		e.clear = true
	default:
		if k >= 0x20 && !unicode.Is(unicode.Cc, rune(k)) && k != utf8.RuneError {
			e.insert(string(rune(k)))
		}
	}
	return false, nil
}

func (e *editor) insert(s string) {
	if len(e.text)+len(s) > maxTyped {
		return
	}
	e.text = e.text[:e.at] + s + e.text[e.at:]
	e.at += len(s)
}

func (e *editor) cut(from, to int) {
	e.text = e.text[:from] + e.text[to:]
	e.at = from
}

func (e *editor) kill(from, to int) {
	if from < to {
		e.killed = e.text[from:to]
	}
	e.cut(from, to)
}

// after returns where the character at i ends: a letter with its accents, a flag, a family are one.
func (e *editor) after(i int) int {
	if i == len(e.text) {
		return i
	}
	cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(e.text[i:], -1)
	return i + len(cluster)
}

// before returns where the character that ends at i begins.
func (e *editor) before(i int) int {
	from := e.lineStart(i)
	if from == i {
		return max(i-1, 0) // the end of the line above
	}
	for next := e.after(from); next < i; next = e.after(from) {
		from = next
	}
	return from
}

func (e *editor) wordLeft() int {
	s := strings.TrimRightFunc(e.text[:e.at], notWord)
	return len(strings.TrimRightFunc(s, func(c rune) bool { return !notWord(c) }))
}

func (e *editor) wordRight() int {
	s := e.text[e.at:]
	t := strings.TrimLeftFunc(strings.TrimLeftFunc(s, notWord), func(c rune) bool { return !notWord(c) })
	return e.at + len(s) - len(t)
}

func notWord(c rune) bool { return !unicode.In(c, unicode.L, unicode.N, unicode.M) && c != '_' }

func (e *editor) lineStart(i int) int { return strings.LastIndexByte(e.text[:i], '\n') + 1 }

func (e *editor) lineEnd(i int) int {
	if n := strings.IndexByte(e.text[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(e.text)
}

// up goes to the line above, or from the first one to the text before in the history.
func (e *editor) up() {
	if start := e.lineStart(e.at); start > 0 {
		e.toColumn(e.lineStart(start-1), e.at-start)
		return
	}
	if e.place == 0 {
		return
	}
	if e.place == len(e.history) {
		e.draft = e.text
	}
	e.place--
	e.text = e.history[e.place]
	e.at = len(e.text)
}

// down goes to the line below, or from the last one to the text after in the history, the draft at last.
func (e *editor) down() {
	if end := e.lineEnd(e.at); end < len(e.text) {
		e.toColumn(end+1, e.at-e.lineStart(e.at))
		return
	}
	if e.place == len(e.history) {
		return
	}
	if e.place++; e.place == len(e.history) {
		e.text = e.draft
	} else {
		e.text = e.history[e.place]
	}
	e.at = len(e.text)
}

// toColumn puts the cursor about so many bytes into the line that begins at start.
func (e *editor) toColumn(start, column int) {
	end := min(e.lineEnd(start), start+column)
	for e.at = start; e.at < end; {
		next := e.after(e.at)
		if next > end {
			return
		}
		e.at = next
	}
}

// draw shows the text with its cursor, over what was drawn before.
func (e *editor) draw(w io.Writer, size func() (width, height int)) {
	width, height := size()
	rows, row, before := e.layout(width)
	first := 0
	if len(rows) > height {
		first = min(max(row-height/2, 0), len(rows)-height)
	}
	last := min(first+height, len(rows))
	b := e.over(width) + strings.Join(rows[first:last], "\r\n")
	if up := last - 1 - row; up > 0 {
		b += fmt.Sprintf("\x1b[%dA", up)
	}
	// What stands before the cursor is written again: so it is where the terminal thinks, however wide it takes
	// characters to be.
	io.WriteString(w, b+"\r"+before)
	e.above = e.above[:0]
	for _, r := range rows[first:row] {
		e.above = append(e.above, runewidth.StringWidth(r))
	}
	e.left = runewidth.StringWidth(before)
}

// finish shows the whole text, and goes to the next row.
func (e *editor) finish(w io.Writer, size func() (width, height int)) {
	width, _ := size()
	rows, _, _ := e.layout(width)
	io.WriteString(w, e.over(width)+strings.Join(rows, "\r\n")+"\r\n")
	e.above, e.left = nil, 0
}

// over goes to where the text begins, and clears the screen from there. A screen that has become narrower meanwhile has
// broken the rows once more.
func (e *editor) over(width int) string {
	if e.clear {
		e.clear = false
		return "\x1b[H\x1b[2J"
	}
	up := e.left / width
	for _, n := range e.above {
		up += max(1, (n+width-1)/width)
	}
	if up > 0 {
		return fmt.Sprintf("\r\x1b[%dA\x1b[J", up)
	}
	return "\r\x1b[J"
}

// layout returns the rows of the text on a screen, the cursor's row, and what is in it before the cursor. The last
// column stays empty: terminals differ in what they do there.
func (e *editor) layout(width int) (rows []string, at int, before string) {
	indent := strings.Repeat(" ", runewidth.StringWidth(e.prompt))
	row, column := e.prompt, len(indent)
	next := func(begin string) {
		rows = append(rows, row)
		row, column = begin, len(begin)
	}
	for i := 0; i < len(e.text); {
		end := e.after(i)
		if i <= e.at && e.at < end { // between, but for an accent that came to stand behind it
			at, before = len(rows), row
		}
		c := e.text[i:end]
		i = end
		if c == "\n" {
			next(indent)
			continue
		}
		c = visible(c)
		w := runewidth.StringWidth(c)
		if column+w >= width && column > 0 {
			next("")
		}
		row, column = row+c, column+w
	}
	if e.at == len(e.text) {
		if column+1 >= width && column > len(indent) {
			next("")
		}
		at, before = len(rows), row
	}
	return append(rows, row), at, before
}

// visible is what is drawn for a character.
func visible(c string) string {
	if c == "\t" {
		return "    "
	}
	return safe(c)
}
