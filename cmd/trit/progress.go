package main

// Progress of anything that takes longer than a second: a bar with rate and time left on a terminal, a line now and
// then elsewhere, nothing for machines.

import (
	"fmt"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

const (
	progressAfter = time.Second
	progressEvery = 10 * time.Second // lines, where there is no terminal
)

// progress shows how far a job is. The zero value shows nothing.
type progress struct {
	a           *app
	what        string
	start, last time.Time

	mu   sync.Mutex
	pool *mpb.Progress
	bar  *mpb.Bar
}

// progress starts showing a job; the caller defers stop.
func (a *app) progress(what string) *progress {
	if a.quiet || a.json || a.noProgress {
		return &progress{}
	}
	now := time.Now()
	return &progress{a: a, what: what, start: now, last: now}
}

// update is the callback of core: bytes done, of all.
func (p *progress) update(done, total int64) {
	if p.a == nil || total == 0 || time.Since(p.start) < progressAfter {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if isTerminal(p.a.err) {
		if p.bar == nil {
			p.show(total)
		}
		p.bar.SetCurrent(done)
		return
	}
	if done == total || time.Since(p.last) < progressEvery {
		return
	}
	p.last = time.Now()
	rate := float64(done) / time.Since(p.start).Seconds()
	left := time.Duration(float64(total-done) / rate * float64(time.Second)).Round(time.Second)
	fmt.Fprintf(p.a.err, "%s: %d %%, %s/s, %s left\n", p.what, 100*done/total, size(int64(rate)), left)
}

func (p *progress) show(total int64) {
	p.pool = mpb.New(mpb.WithOutput(p.a.err), mpb.WithWidth(40))
	p.bar = p.pool.AddBar(total, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(p.what, decor.WCSyncSpaceR), decor.Percentage(decor.WCSyncSpace)),
		mpb.AppendDecorators(
			decor.NewAverageSpeed(decor.SizeB1024(0), "% .2f", p.start), decor.Name("  "),
			decor.NewAverageETA(decor.ET_STYLE_GO, p.start, nil), decor.Name(" left"),
		))
}

// stop takes the bar away.
func (p *progress) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Abort(true)
		p.pool.Wait()
		p.bar = nil
	}
}
