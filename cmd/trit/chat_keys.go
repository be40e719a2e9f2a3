package main

// Keys, as the bytes that terminals send for them.

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// key is a character, or one of the keys below.
type key rune

// Keys that are no character, beside the control characters, which stand for themselves.
const (
	keyNone key = -1 - iota
	keyUp
	keyDown
	keyLeft
	keyRight
	keyHome
	keyEnd
	keyDelete
	keyWordLeft
	keyWordRight
	keyWordDelete // what follows of a word
	keyNewline    // a line end that is part of the text
	keyPaste      // what follows comes from the clipboard, as it is, until pasteEnd
)

const (
	ctrlA, ctrlB, ctrlC, ctrlD, ctrlE, ctrlF = 1, 2, 3, 4, 5, 6
	ctrlK, ctrlL, ctrlN, ctrlP               = 11, 12, 14, 16
	ctrlU, ctrlW, ctrlY                      = 21, 23, 25
	escape                                   = 27
)

// Bracketed paste, as xterm has it (invisible-island.net/xterm/ctlseqs).
const (
	pasteOn    = "\x1b[?2004h"
	pasteOff   = "\x1b[?2004l"
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// sequences are what stands between ESC and the end of a key. xterm, the Linux console, PuTTY and rxvt differ in Home
// and End; the digit after ; is a modifier: 3 for Alt, 5 for Ctrl.
var sequences = map[string]key{
	"[A": keyUp, "[B": keyDown, "[C": keyRight, "[D": keyLeft, "[H": keyHome, "[F": keyEnd,
	"OA": keyUp, "OB": keyDown, "OC": keyRight, "OD": keyLeft, "OH": keyHome, "OF": keyEnd,
	"[1~": keyHome, "[7~": keyHome, "[4~": keyEnd, "[8~": keyEnd, "[3~": keyDelete,
	"[1;3C": keyWordRight, "[1;3D": keyWordLeft, "[1;5C": keyWordRight, "[1;5D": keyWordLeft, "[200~": keyPaste,
	"b": keyWordLeft, "f": keyWordRight, "d": keyWordDelete, "\x7f": ctrlW, "\b": ctrlW, "\r": keyNewline, "\n": keyNewline,
}

// nextKey returns the first key in b and how many bytes it is; 0 when they are only the beginning of one. b is not
// empty. A lone ESC is the key itself: sequences come in one piece.
func nextKey(b []byte) (key, int) {
	if b[0] != escape {
		if !utf8.FullRune(b) {
			return keyNone, 0
		}
		r, n := utf8.DecodeRune(b)
		return key(r), n
	}
	if len(b) == 1 {
		return keyNone, 1
	}
	n := 2
	switch b[1] {
	case '[':
		for n < len(b) && b[n] >= 0x20 && b[n] < 0x40 { // parameters, until the byte that ends the sequence
			n++
		}
		n++
	case 'O':
		n++
	default:
		if _, size := utf8.DecodeRune(b[1:]); b[1] >= utf8.RuneSelf {
			n = 1 + size
		}
	}
	if n > len(b) {
		if len(b) > 32 {
			return keyNone, len(b) // no key is that long
		}
		return keyNone, 0
	}
	if k, ok := sequences[string(b[1:n])]; ok {
		return k, n
	}
	return keyNone, n
}

// pasted returns the text of a paste that b begins with and how many bytes it is with its end; -1 when the end has not
// come yet. Terminals send CR for the ends of lines. Other control characters but tabs are not text.
func pasted(b []byte) (text string, n int) {
	i := bytes.Index(b, []byte(pasteEnd))
	if i < 0 {
		return "", -1
	}
	text = strings.ReplaceAll(strings.ToValidUTF8(string(b[:i]), "\ufffd"), "\r\n", "\n")
	text = strings.Map(func(c rune) rune {
		switch {
		case c == '\r':
			return '\n'
		case c == '\n' || c == '\t':
		case c < 0x20 || c >= 0x7f && c < 0xa0:
			return -1
		}
		return c
	}, text)
	return text, i + len(pasteEnd)
}
