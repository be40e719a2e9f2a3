package main

// How far a download is: a line that is written over on a terminal, one every ten seconds elsewhere.

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/term"
)

type progress struct {
	f                 *fetcher
	name              string
	first, now, total int64
	start, last       time.Time
	every             time.Duration
	over              bool // writes over its last line
	shown             bool
}

func (f *fetcher) progress(name string, have, total int64) *progress {
	now := time.Now()
	p := &progress{f: f, name: name, first: have, now: have, total: total, start: now, last: now, every: 10 * time.Second}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		p.over, p.every = true, time.Second/2
	}
	return p
}

func (p *progress) add(n int) {
	p.now += int64(n)
	if time.Since(p.last) < p.every {
		return
	}
	p.last = time.Now()
	rate := float64(p.now-p.first) / time.Since(p.start).Seconds()
	line := fmt.Sprintf("  %s: %s of %s, %s/s", p.name, size(p.now), size(p.total), size(int64(rate)))
	if p.total > 0 && rate > 0 {
		line += ", " + span(float64(p.total-p.now)/rate) + " left"
	}
	if !p.over {
		p.f.say("%s", line)
		return
	}
	p.shown = true
	fmt.Fprintf(os.Stderr, "\r\x1b[K%s", line)
}

// stop takes the line away.
func (p *progress) stop() {
	if p.shown {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
}

// size writes bytes as people do: 1.19 GB.
func size(n int64) string {
	switch x := float64(n); {
	case n < 0:
		return "?"
	case n >= 1e9:
		return fmt.Sprintf("%.2f GB", x/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", x/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", x/1e3)
	}
	return fmt.Sprintf("%d bytes", n)
}

// span writes seconds as people do.
func span(seconds float64) string {
	if seconds < 10 {
		return fmt.Sprintf("%.1f s", seconds)
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}
