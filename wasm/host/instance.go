package host

// One running module: its exports and its memory, through checks only.

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
	"github.com/tritkit/tritkit/core/fault"
)

// abiMajor is the version of docs/abi.md that this package speaks; a higher minor only adds.
const abiMajor = 1

// ErrModule is the module's own fault: a trap, a panic in it, or a request that makes no sense. The model that did it is
// worth a report. The Host stays usable: the instance it happened in is gone.
var ErrModule = errors.New("the module failed")

// instance is a module with memory of its own. Not safe for concurrent use.
type instance struct {
	mod   api.Module
	mem   api.Memory
	said  *tail // what the Go runtime in it wrote before it died
	stack [3]uint64

	abi, alloc, job, step, req, out api.Function
}

// tail keeps the beginning of what is written to it.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	const most = 4 << 10
	t.b = append(t.b, p[:min(len(p), most-len(t.b))]...)
	return len(p), nil
}

// newInstance starts a module. It sees a clock, random numbers and nothing else of this machine.
func (h *Host) newInstance(ctx context.Context, e *engine) (*instance, error) {
	x := &instance{said: &tail{}}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize").WithRandSource(rand.Reader).WithSysWalltime().WithSysNanotime().WithStderr(x.said)
	var err error
	if x.mod, err = e.runtime.InstantiateModule(ctx, e.code, config); err != nil {
		return nil, x.trap(ctx, err)
	}
	if err := x.exports(ctx); err != nil {
		x.close(ctx)
		return nil, err
	}
	return x, nil
}

// exports finds the functions of the ABI, and checks its version.
func (x *instance) exports(ctx context.Context) error {
	if x.mem = x.mod.ExportedMemory("memory"); x.mem == nil {
		return errors.New("host: this is no module of Tritkit: it exports no memory")
	}
	for _, f := range []struct {
		name            string
		params, results int
		at              *api.Function
	}{
		{"tk_abi", 0, 1, &x.abi}, {"tk_alloc", 1, 1, &x.alloc}, {"tk_job", 3, 1, &x.job},
		{"tk_step", 2, 1, &x.step}, {"tk_req", 1, 1, &x.req}, {"tk_out", 1, 1, &x.out},
	} {
		*f.at = x.mod.ExportedFunction(f.name)
		if *f.at == nil || !allI32((*f.at).Definition(), f.params, f.results) {
			return fmt.Errorf("host: this is no module of Tritkit: it does not export %s as docs/abi.md has it", f.name)
		}
	}
	version, err := x.call(ctx, x.abi)
	if err != nil {
		return err
	}
	if major := version >> 16; major != abiMajor {
		return fmt.Errorf("host: the module speaks ABI version %d.%d, and this program version %d: take the module of the same release", major, version&0xffff, abiMajor)
	}
	return nil
}

func allI32(d api.FunctionDefinition, params, results int) bool {
	if len(d.ParamTypes()) != params || len(d.ResultTypes()) != results {
		return false
	}
	for _, list := range [][]api.ValueType{d.ParamTypes(), d.ResultTypes()} {
		for _, t := range list {
			if t != api.ValueTypeI32 {
				return false
			}
		}
	}
	return true
}

// call calls an export. After an error the instance is in no known state.
func (x *instance) call(ctx context.Context, f api.Function, args ...uint32) (int32, error) {
	for i, a := range args {
		x.stack[i] = uint64(a)
	}
	if err := f.CallWithStack(ctx, x.stack[:]); err != nil {
		return 0, x.trap(ctx, err)
	}
	return int32(x.stack[0]), nil
}

// trap says why a call did not come back.
func (x *instance) trap(ctx context.Context, err error) error {
	if exit, ok := errors.AsType[*sys.ExitError](err); ok && ctx.Err() != nil {
		if code := exit.ExitCode(); code == sys.ExitCodeContextCanceled || code == sys.ExitCodeDeadlineExceeded {
			return ctx.Err() // only in a strict engine
		}
	}
	said := strings.TrimSpace(string(x.said.b))
	if strings.Contains(said, "out of memory") || strings.Contains(said, "cannot allocate memory") {
		return fault.New("host", fault.Memory, "the job needs more memory than the module may have").Try("raise Options.MemoryLimit").Because(err)
	}
	first, _, _ := strings.Cut(said, "\n")
	return fmt.Errorf("host: %w: %w: %s", ErrModule, err, fault.Clean(first))
}

func (x *instance) close(ctx context.Context) error { return x.mod.Close(ctx) }

// view returns n bytes of memory at ptr, not copied: valid until the next call.
func (x *instance) view(ptr, n uint32) ([]byte, error) {
	b, ok := x.mem.Read(ptr, n)
	if !ok {
		return nil, fmt.Errorf("host: %w: %d bytes at %d do not lie in its memory", ErrModule, n, ptr)
	}
	return b, nil
}

// put copies b into memory of its own, and returns where.
func (x *instance) put(ctx context.Context, b []byte) (uint32, error) {
	ptr, err := x.call(ctx, x.alloc, uint32(len(b)))
	if err != nil {
		return 0, err
	}
	if ptr == 0 {
		return 0, fault.New("host", fault.Limit, "the list of inputs is too long").Try("name the files of one model")
	}
	v, err := x.view(uint32(ptr), uint32(len(b)))
	copy(v, b)
	return uint32(ptr), err
}

// result returns a copy of what lies at tk_out.
func (x *instance) result(ctx context.Context, handle uint32) ([]byte, error) {
	ptr, err := x.call(ctx, x.out, handle)
	if err != nil {
		return nil, err
	}
	v, err := x.view(uint32(ptr), 8)
	if err != nil {
		return nil, err
	}
	v, err = x.view(binary.LittleEndian.Uint32(v), binary.LittleEndian.Uint32(v[4:]))
	return append([]byte(nil), v...), err
}

// request is the block that a job leaves for its host.
type request struct {
	op, file, ptr, len uint32
	off, done, total   int64
}

const blockSize = 64

func (x *instance) request(block uint32) (q request, err error) {
	b, err := x.view(block, blockSize)
	if err != nil {
		return q, err
	}
	q = request{
		op: binary.LittleEndian.Uint32(b), file: binary.LittleEndian.Uint32(b[4:]), ptr: binary.LittleEndian.Uint32(b[8:]), len: binary.LittleEndian.Uint32(b[12:]),
		off: int64(binary.LittleEndian.Uint64(b[16:])), done: int64(binary.LittleEndian.Uint64(b[24:])), total: int64(binary.LittleEndian.Uint64(b[32:])),
	}
	if q.off < 0 || q.done < 0 || q.total < 0 {
		return q, fmt.Errorf("host: %w: its request has a negative offset", ErrModule)
	}
	return q, nil
}
