// Command trit shows, verifies, compares, converts and runs ternary (1.58-bit, BitNet b1.58) language models.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/native/files"
)

func main() {
	debug.SetGCPercent(50) // tensors are few and large: a tight heap costs nothing and halves the peak
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// app is what every subcommand shares.
type app struct {
	in         io.Reader
	out, err   io.Writer
	json       bool
	quiet      bool
	verbose    bool
	noProgress bool
	threads    int
	color      string
	outColour  bool
	errColour  bool
}

// run executes one command line and returns its exit status.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{in: os.Stdin, out: stdout, err: stderr}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	return a.report(plain(err))
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "trit", Short: "The toolkit for ternary (1.58-bit) language models",
		Long:         "trit shows, verifies, compares, converts and runs ternary language models: BitNet b1.58 and its kin.",
		SilenceUsage: true, SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err.Error()) })
	f := root.PersistentFlags()
	f.BoolVar(&a.json, "json", false, "results as JSON on standard output, errors as JSON on standard error")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "print only the result")
	f.BoolVar(&a.noProgress, "no-progress", false, "no progress line")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "say more")
	f.StringVar(&a.color, "color", "auto", "auto, always or never")
	f.IntVarP(&a.threads, "threads", "t", runtime.GOMAXPROCS(0), "threads to use")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.settle(cmd) }
	root.AddCommand(a.showCmd(), a.verifyCmd(), a.diffCmd(), a.peekCmd(), a.convertCmd(), a.snapCmd(), a.pruneCmd(), a.editCmd(),
		a.runCmd(), a.chatCmd(), a.tokenizeCmd(), a.perplexityCmd(), a.benchCmd(), a.webCmd(), a.versionCmd(), a.envCmd())
	return root
}

// variables are the flags that an environment variable may set; the flag wins.
var variables = [...]struct{ name, flag string }{{"TRIT_THREADS", "threads"}, {"TRIT_COLOR", "color"}, {"TRIT_NO_PROGRESS", "no-progress"}, {"TRIT_KERNEL", "kernel"}}

// settle takes in the environment and checks what is common to all commands.
func (a *app) settle(cmd *cobra.Command) (err error) {
	for _, v := range variables {
		value := os.Getenv(v.name)
		if value == "" || cmd.Flags().Lookup(v.flag) == nil || cmd.Flags().Changed(v.flag) {
			continue
		}
		if err := cmd.Flags().Set(v.flag, value); err != nil {
			return usage(v.name + ": " + err.Error())
		}
	}
	if a.threads < 1 {
		return usage("--threads is at least 1")
	}
	if a.outColour, err = colours(a.color, a.out); err != nil {
		return err
	}
	a.errColour, err = colours(a.color, a.err)
	return err
}

// plain turns cobra's answer to an unknown command, which spans lines, into one sentence and a next step.
func plain(err error) error {
	first, rest, _ := strings.Cut(err.Error(), "\n")
	if !strings.HasPrefix(first, "unknown command") {
		return err
	}
	next := "--help"
	if words := strings.Fields(rest); len(words) > 0 {
		next = words[len(words)-1] // what cobra thinks was meant
	}
	return fault.New("trit", fault.Usage, first).Try("trit ", next)
}

// parallel gives core the threads that the user allows.
func (a *app) parallel() func(n int, do func(i int) error) error {
	return files.Parallel(a.threads)
}

// note prints a line for people, on standard error.
func (a *app) note(format string, args ...any) {
	if !a.quiet && !a.json {
		fmt.Fprintf(a.err, format+"\n", args...)
	}
}

// exact is cobra.ExactArgs with our exit status.
func exact(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usage(fmt.Sprintf("%s takes %d argument(s), got %d", cmd.CommandPath(), n, len(args)))
		}
		return nil
	}
}

func usage(msg string) error {
	return fault.New("trit", fault.Usage, msg).Try("trit --help")
}

// report prints an error: what, where, why, and one next step.
func (a *app) report(err error) int {
	code, exit := status(err)
	if code == "check-failed" && !a.json {
		return exit
	}
	f := &fault.Error{Offset: -1}
	errors.As(err, &f)
	next := f.Next
	if code == "exists" {
		next = "--force replaces it"
	}
	msg := fault.Clean(err.Error())
	if a.json {
		b := append([]byte(`{"error":`), fault.AppendJSON(nil, code, msg, f.File, f.Tensor, f.Offset, next)...)
		fmt.Fprintf(a.err, "%s}\n", b)
		return exit
	}
	fmt.Fprintf(a.err, "%s %s\n", painted(a.errColour, red, "error["+code+"]:"), msg)
	if next != "" {
		fmt.Fprintf(a.err, "  next:  %s\n", fault.Clean(next))
	}
	return exit
}
