package main

// What people see: colour, tables, sizes. Text that came from a file is made safe before it is printed.

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/tritkit/tritkit/core/fault"
	"golang.org/x/term"
)

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Styles of text, as ANSI codes.
const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
	faint  = "2"
)

// colours settles --color for one stream: always and never are obeyed, auto means a terminal unless NO_COLOR is set,
// and CLICOLOR_FORCE where there is none (no-color.org, bixense.com/clicolors).
func colours(when string, w io.Writer) (bool, error) {
	switch when {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		if os.Getenv("NO_COLOR") != "" {
			return false, nil
		}
		if force := os.Getenv("CLICOLOR_FORCE"); force != "" && force != "0" {
			return true, nil
		}
		return isTerminal(w), nil
	}
	return false, usage("--color is auto, always or never")
}

// paint styles text for standard output.
func (a *app) paint(style, text string) string { return painted(a.outColour, style, text) }

func painted(on bool, style, text string) string {
	if !on || text == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// table prints rows in columns under a heading, which may be nil.
func (a *app) table(head []string, rows [][]string) {
	fmt.Fprintln(a.out)
	var widths []int
	measure := func(row []string) {
		for i := range row {
			row[i] = fault.Clean(row[i])
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], runewidth.StringWidth(row[i]))
		}
	}
	measure(head)
	for _, row := range rows {
		measure(row)
	}
	line := func(row []string) string {
		s := ""
		for i, cell := range row {
			s += cell + strings.Repeat(" ", widths[i]-runewidth.StringWidth(cell)+2)
		}
		return strings.TrimRight(s, " ")
	}
	if head != nil {
		fmt.Fprintln(a.out, a.paint(bold, line(head)))
	}
	for _, row := range rows {
		fmt.Fprintln(a.out, line(row))
	}
}

// group writes a number with its thousands apart.
func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size writes bytes for people: "1.10 GiB".
func size(n int64) string {
	const units = "KMGTP"
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	x, u := float64(n)/1024, 0
	for x >= 1024 && u < len(units)-1 {
		x, u = x/1024, u+1
	}
	return strconv.FormatFloat(x, 'f', 2, 64) + " " + units[u:u+1] + "iB"
}

// dims writes a shape, slowest dimension first: "2560 x 6912".
func dims(shape []int64) string {
	if len(shape) == 0 {
		return "scalar"
	}
	s := ""
	for i, d := range shape {
		if i > 0 {
			s += " x "
		}
		s += strconv.FormatInt(d, 10)
	}
	return s
}
