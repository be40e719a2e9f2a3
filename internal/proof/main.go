// Command proof holds trit against real weights: it downloads a published model in its three forms, converts, compares,
// runs and measures them, and reports what came out beside what was published. docs/real-models.md says how to read it.
//
// Exit status: 0 all checks passed, 5 one did not, 1 something failed, 2 usage, 130 interrupted. A run that was cut goes
// on where it was.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], &bitnet2B4T, os.Stdout, os.Stderr))
}

var (
	errUsage = errors.New("usage")
	errCheck = errors.New("a check failed")
)

// proof is one run.
type proof struct {
	target   *target
	dir      string
	textFile string // instead of the archive's member
	steps    []step
	trit     trit
	fetch    *fetcher
	err      io.Writer

	prefill    float64 // tokens/s, when they were measured
	textTokens int
	reference  bool // the text is the one that the published figure is of
	measured   map[string]*perplexity
}

func (p *proof) say(format string, args ...any) { fmt.Fprintf(p.err, format+"\n", args...) }

func (p *proof) threads() int {
	if p.trit.threads > 0 {
		return p.trit.threads
	}
	return runtime.GOMAXPROCS(0)
}

// run executes one command line and returns its exit status.
func run(ctx context.Context, args []string, t *target, out, complaint io.Writer) int {
	p := &proof{target: t, err: complaint, measured: map[string]*perplexity{}}
	p.fetch = newFetcher(p.say)
	err := p.main(ctx, args, out)
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		p.say("interrupted; the same command goes on where this one was")
		return 130
	case errors.Is(err, errUsage):
		p.say("proof: %v", err)
		return 2
	case errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errCheck):
		return 5
	}
	p.say("proof: %v", err)
	return 1
}

func (p *proof) main(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("proof", flag.ContinueOnError)
	flags.SetOutput(p.err)
	dir := os.Getenv("TRIT_MODELS")
	if dir == "" {
		dir = filepath.Join("build", "real")
	}
	flags.StringVar(&p.dir, "dir", dir, "folder of the models; TRIT_MODELS sets it")
	flags.StringVar(&p.textFile, "text", "", "measure perplexity on this text instead of wikitext-2's")
	command := flags.String("trit", filepath.Join("build", "trit"), "the command to prove")
	flags.IntVar(&p.trit.threads, "t", 0, "threads; 0 leaves it to trit")
	only := flags.String("only", "", "these steps alone, separated by commas")
	skip := flags.String("skip", "", "all steps but these")
	plan := flags.Bool("n", false, "say what would be done, and stop")
	flags.Usage = func() {
		fmt.Fprintf(p.err, "proof downloads %s, converts, compares, runs and measures it, and reports.\n\n", p.target.Model)
		flags.PrintDefaults()
		fmt.Fprintf(p.err, "\nHF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE=1 mean what they mean elsewhere. docs/real-models.md says more.\n")
	}
	if err := flags.Parse(args); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			err = fmt.Errorf("%w: %v", errUsage, err)
		}
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: no argument is taken, got %q", errUsage, flags.Arg(0))
	}
	var err error
	if p.steps, err = chosen(*only, *skip); err != nil {
		return err
	}
	if p.trit.path, err = find(*command); err != nil {
		return err
	}
	p.trit.say = p.say
	if err := p.announce(); err != nil || *plan {
		return err
	}
	return p.prove(ctx, out)
}

// needed lists the files of the chosen steps.
func (p *proof) needed() (list []remote) {
	all := 0
	for _, s := range p.steps {
		all |= s.needs
	}
	if p.textFile != "" {
		all &^= needText
	}
	for i, files := range [][]remote{p.target.Official, p.target.Packed, p.target.Master, p.target.Text} {
		if all&(1<<i) != 0 {
			list = append(list, files...)
		}
	}
	return list
}

// announce says what the run needs, and refuses where the disk has no room for it.
func (p *proof) announce() error {
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return err
	}
	come, count := missing(p.dir, p.needed())
	made, names, tokens := int64(0), "", 0
	for _, s := range p.steps {
		names += " " + s.name
		switch s.name {
		case "convert", "codes":
			made = 2 * p.target.Official[0].Bytes // converted files are about as large
		case "perplexity", "head", "master":
			tokens += p.target.Chunks * p.target.Context
		case "screen":
			tokens += 4 * p.target.Positions // each multiplies the whole exact head besides
		}
	}
	room := free(p.dir)
	p.say("%s in %s: %s to download in %d file(s), %s to write, %s free", p.target.Model, p.dir, size(come), count, size(made), size(room))
	p.say("steps:%s", names)
	p.say("time: %s to download at 10 MB/s, some minutes of conversions and comparisons, and %s of perplexity at the 160 tokens/s of 2 cores with AVX-512", span(float64(come)/10e6), span(float64(tokens)/160))
	if room >= 0 && room < come+made {
		return fmt.Errorf("%s has room for %s, and this takes %s", p.dir, size(room), size(come+made))
	}
	return nil
}

// prove downloads, runs the steps, and reports.
func (p *proof) prove(ctx context.Context, out io.Writer) error {
	rep := &report{Model: p.target.Model, Started: time.Now().UTC(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Threads: p.threads()}
	x, err := p.trit.run(ctx, "version")
	if err != nil {
		return err
	}
	if err := x.into(&rep.Trit); err != nil {
		return err
	}
	if rep.Files, err = p.download(ctx); err != nil {
		return err
	}
	for i, s := range p.steps {
		p.say("[%d/%d] %s: %s", i+1, len(p.steps), s.name, s.about)
		r := result{Step: s.name, About: s.about, Checks: []check{}, Notes: []string{}}
		start := time.Now()
		if err := s.run(p, ctx, &r); err != nil {
			r.Error = err.Error()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		r.Seconds = time.Since(start).Seconds()
		p.printed(&r)
		rep.Steps = append(rep.Steps, r)
	}
	return p.publish(rep, out)
}

// download brings every file that the steps need.
func (p *proof) download(ctx context.Context) (list []fetched, err error) {
	for _, r := range p.needed() {
		x, err := p.fetch.get(ctx, &r, r.path(p.dir))
		if err != nil {
			return nil, err
		}
		switch x.State {
		case "downloaded":
			p.say("  %s/%s: %s in %s", r.Repo, r.Name, size(x.Size), span(x.Seconds))
			if x.from > 0 {
				p.say("  (%s of it were there from an earlier run)", size(x.from))
			}
		case "there":
			p.say("  %s/%s: there, %s", r.Repo, r.Name, size(x.Size))
		}
		list = append(list, *x)
	}
	return list, nil
}

// printed says what a step found, as it ends.
func (p *proof) printed(r *result) {
	for _, c := range r.Checks {
		word := "ok  "
		if !c.OK {
			word = "FAIL"
		}
		p.say("  %s  %s: %s (expected %s)", word, c.What, c.Got, c.Want)
	}
	for _, n := range r.Notes {
		p.say("        %s", n)
	}
	if r.Error != "" {
		p.say("  FAIL  %s", r.Error)
	}
}
