// Package host runs Tritkit's WebAssembly module in a Go program, over wazero: the jobs of core in a sandbox that has no
// files, no network and no more memory than it is given. A program that trusts its files imports core instead.
//
//	wasm, err := module.Bytes() // or a file of a release
//	h, err := host.New(ctx, wasm, host.Options{CacheDir: cache})
//	defer h.Close(ctx)
//	plan, err := h.Convert(ctx, os.DirFS("./bitnet-b1.58-2B-4T-bf16"), out, host.ConvertOptions{Type: "i2_s"})
//	fmt.Println(plan.Bytes, len(plan.Steps))
//
// A model is an fs.FS whose files are io.ReaderAt, as os.DirFS's are. Results are core's, or carry the same numbers, and
// their AppendJSON writes what the command prints with --json. Errors are core's faults. docs/abi.md says how the two
// sides talk.
package host

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"golang.org/x/sys/cpu"
)

// Options of a Host. The zero value is the sensible default.
type Options struct {
	MemoryLimit int64  // bytes that one job's instance may grow to, rounded down to 64 KiB; 0: 256 MiB
	MaxMem      int64  // a ternary tensor of floats up to this many bytes is kept in the instance and read once; 0: 48 MiB
	CacheDir    string // folder for the compiled module: a start takes 0.1 s instead of seconds; "": none

	// Strict ends jobs that read headers only (Inspect without Stats, Plan, Verify with Quick, Peek) as soon as their
	// context is done, even in the middle of a step. It is for files of strangers, and compiles the module once more.
	// All other jobs look at their context between steps, which take milliseconds.
	Strict bool
}

// DefaultMemoryLimit is what a conversion of any model fits in several times over.
const DefaultMemoryLimit = 256 << 20

const page = 64 << 10

// Host is a compiled module. It is safe for concurrent use: each job runs in an instance of its own.
type Host struct {
	opts   Options
	cache  wazero.CompilationCache // nil without a CacheDir
	plain  engine
	strict engine // not started unless Options.Strict
	memory atomic.Int64
}

// engine is the module compiled one way.
type engine struct {
	runtime wazero.Runtime
	code    wazero.CompiledModule
}

// New compiles a module. It refuses one whose ABI has another major version, and what is no module of Tritkit at all.
func New(ctx context.Context, module []byte, opts Options) (*Host, error) {
	if opts.MemoryLimit == 0 {
		opts.MemoryLimit = DefaultMemoryLimit
	}
	if opts.MemoryLimit < page || opts.MemoryLimit > 1<<32 {
		return nil, fmt.Errorf("host: a memory limit of %d bytes is not between 64 KiB and 4 GiB", opts.MemoryLimit)
	}
	h := &Host{opts: opts}
	err := h.start(ctx, module)
	if err != nil {
		return nil, errors.Join(err, h.Close(ctx))
	}
	return h, nil
}

func (h *Host) start(ctx context.Context, module []byte) (err error) {
	if h.opts.CacheDir != "" {
		if h.cache, err = wazero.NewCompilationCacheWithDir(h.opts.CacheDir); err != nil {
			return fmt.Errorf("host: the folder for compiled modules: %w", err)
		}
	}
	if h.plain, err = h.compile(ctx, module, false); err != nil {
		return err
	}
	if h.opts.Strict {
		if h.strict, err = h.compile(ctx, module, true); err != nil {
			return err
		}
	}
	x, err := h.newInstance(ctx, &h.plain) // so that a module which cannot run is refused here
	if err != nil {
		return err
	}
	return x.close(ctx)
}

func (h *Host) compile(ctx context.Context, module []byte, closeOnDone bool) (engine, error) {
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(uint32(h.opts.MemoryLimit / page)).WithDebugInfoEnabled(false).WithCloseOnContextDone(closeOnDone)
	if h.cache != nil {
		config = config.WithCompilationCache(h.cache)
	}
	e := engine{runtime: wazero.NewRuntimeWithConfig(ctx, config)}
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, e.runtime); err != nil {
		return e, fmt.Errorf("host: %w", err)
	}
	var err error
	if e.code, err = e.runtime.CompileModule(experimental.WithCompilationWorkers(ctx, runtime.GOMAXPROCS(0)), module); err != nil {
		return e, fmt.Errorf("host: not a module that can be compiled: %w", err)
	}
	return e, nil
}

// Close frees the compiled module. Jobs must have ended.
func (h *Host) Close(ctx context.Context) error {
	var errs []error
	for _, e := range []engine{h.plain, h.strict} {
		if e.runtime != nil {
			errs = append(errs, e.runtime.Close(ctx))
		}
	}
	if h.cache != nil {
		errs = append(errs, h.cache.Close(ctx))
	}
	return errors.Join(errs...)
}

// Memory returns the most bytes that any instance has had so far: module, heap and all.
func (h *Host) Memory() int64 { return h.memory.Load() }

func (h *Host) saw(bytes int64) {
	for {
		most := h.memory.Load()
		if bytes <= most || h.memory.CompareAndSwap(most, bytes) {
			return
		}
	}
}

// Interpreted reports that wazero has no compiler for this processor and system, so jobs run some hundred times slower:
// good enough for headers, not for weights.
func Interpreted() bool { return interpreted(runtime.GOOS, runtime.GOARCH, cpu.X86.HasSSE41) }

// interpreted follows wazero v1.12.0 internal/platform/platform.go.
func interpreted(system, arch string, sse41 bool) bool {
	switch system {
	case "linux", "darwin", "freebsd", "netbsd", "windows":
		return arch != "arm64" && !(arch == "amd64" && sse41)
	case "dragonfly", "solaris", "illumos":
		return !(arch == "amd64" && sse41)
	}
	return true
}
