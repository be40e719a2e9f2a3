// Package fault is the one error type of the core: what is wrong, of which class, and where.
//
// Every core package returns *Error for anything a file, a folder or a request can get wrong. Callers branch with
// errors.Is on the sentinels; the command and the Wasm module print the same JSON from AppendJSON. It needs no
// package fmt, so that the Wasm module stays small.
package fault

import (
	"errors"
	"strconv"
)

// The sentinels that callers branch on. Each Class belongs to exactly one of them.
var (
	ErrFormat      = errors.New("broken")             // the bytes contradict the format
	ErrUnsupported = errors.New("unsupported")        // valid, but not ours
	ErrLimit       = errors.New("too large to trust") // a cap that bounds memory or time
	ErrNotTernary  = errors.New("not ternary")        // a ternary format was asked of other weights
	ErrNotFinite   = errors.New("not finite")         // NaN or Inf where a number is needed
	ErrNotFound    = errors.New("not found")          // a file or tensor that must be there is not
	ErrUsage       = errors.New("usage")              // a request that contradicts itself
	ErrMisbehave   = errors.New("would misbehave")    // loads elsewhere, but would compute something else
	ErrChanged     = errors.New("changed while in use")
	ErrMemory      = errors.New("memory budget")
)

// Class is the finest grain of "what is wrong"; its text is stable.
type Class string

// Classes of broken containers, in the order in which a reader meets them.
const (
	Truncated Class = "truncated" // the bytes end before the structure does
	Magic     Class = "magic"
	Version   Class = "version" // unsupported
	Endian    Class = "endian"  // unsupported
	Count     Class = "count"
	Length    Class = "length"
	Key       Class = "key"
	Type      Class = "type" // unsupported when it is a tensor type we only know by name or not at all
	Value     Class = "value"
	Alignment Class = "alignment"
	Shape     Class = "shape"
	Overflow  Class = "overflow"
	Offset    Class = "offset"
	Bounds    Class = "bounds"
	JSON      Class = "json"
	Limit     Class = "limit"
)

// Classes of models and requests.
const (
	Arch       Class = "arch"      // an architecture, activation or option of one that is not ours
	TensorType Class = "dtype"     // a tensor type that cannot be read or written here
	Ambiguous  Class = "ambiguous" // a type number that more than one layout fits
	Config     Class = "config"    // a config or tokenizer file that lacks or contradicts something
	Tensor     Class = "tensor"    // a tensor missing, extra or of the wrong shape
	Code       Class = "code"      // an impossible ternary code
	Scale      Class = "scale"     // a scale that is NaN, Inf, negative, or 0 beside a non-zero trit
	NotTernary Class = "not-ternary"
	NotFinite  Class = "not-finite"
	Template   Class = "template"
	NotFound   Class = "not-found"
	Usage      Class = "usage"
	Misbehave  Class = "would-misbehave"
	Changed    Class = "changed"
	Memory     Class = "memory"
	Full       Class = "full" // more tokens than the context has room for
)

// Error is one fault. The zero Offset is a real offset; use -1 where there is none (New does).
type Error struct {
	Class  Class
	Pkg    string // the package that speaks: "gguf"
	File   string // file name as the user gave it; filled in by whoever knows it
	Tensor string // tensor name or metadata key, or ""
	Offset int64  // byte offset in File, or -1
	Msg    string // one sentence: what, which, how big
	Next   string // one next step for the user, or ""
	Err    error  // cause, or nil
}

// New returns a fault without an offset.
func New(pkg string, class Class, msg ...string) *Error {
	return &Error{Class: class, Pkg: pkg, Offset: -1, Msg: join(msg)}
}

// At returns a fault at a byte offset.
func At(pkg string, class Class, offset int64, msg ...string) *Error {
	return &Error{Class: class, Pkg: pkg, Offset: offset, Msg: join(msg)}
}

// In names the tensor or key that the fault is about.
func (e *Error) In(name string) *Error { e.Tensor = name; return e }

// Try adds the one next step.
func (e *Error) Try(next ...string) *Error { e.Next = join(next); return e }

// Because adds a cause, for errors.Is and errors.As.
func (e *Error) Because(err error) *Error { e.Err = err; return e }

// Error reads "pkg: file: tensor: message (offset 123)". Text that came from a file is escaped for a terminal.
func (e *Error) Error() string {
	s := e.Pkg + ": "
	if e.File != "" {
		s += Clean(e.File) + ": "
	}
	if e.Tensor != "" {
		s += Clean(e.Tensor) + ": "
	}
	s += Clean(e.Msg)
	if e.Offset >= 0 {
		s += " (offset " + strconv.FormatInt(e.Offset, 10) + ")"
	}
	if e.Err != nil && e.Msg == "" {
		s += e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the sentinel of e's class.
func (e *Error) Is(target error) bool { return target == e.Class.sentinel() }

func (c Class) sentinel() error {
	switch c {
	case Version, Endian, Arch, TensorType, Ambiguous, Template:
		return ErrUnsupported
	case Limit:
		return ErrLimit
	case NotTernary:
		return ErrNotTernary
	case NotFinite:
		return ErrNotFinite
	case NotFound:
		return ErrNotFound
	case Usage:
		return ErrUsage
	case Misbehave:
		return ErrMisbehave
	case Changed:
		return ErrChanged
	case Memory:
		return ErrMemory
	case Full:
		return ErrLimit
	}
	return ErrFormat
}

// ErrorCode returns the stable kebab-case code that users and programs see (docs/json.md lists them all).
func (c Class) ErrorCode() string {
	switch c {
	case Truncated:
		return "truncated"
	case Alignment, Shape, Overflow, Offset, Bounds, Tensor:
		return "bad-layout"
	case Limit:
		return "limit"
	case Version, Endian, Arch:
		return "unsupported-arch"
	case TensorType:
		return "unsupported-type"
	case Ambiguous:
		return "ambiguous-layout"
	case NotTernary:
		return "not-ternary"
	case NotFinite:
		return "not-finite"
	case Template:
		return "template"
	case NotFound:
		return "not-found"
	case Usage:
		return "usage"
	case Misbehave:
		return "would-misbehave"
	case Changed:
		return "changed"
	case Memory:
		return "out-of-memory"
	case Full:
		return "context-full"
	}
	return "bad-header"
}

// AppendJSON appends {"code","message","file","tensor","offset","next"}; offset -1 means none.
func (e *Error) AppendJSON(b []byte) []byte {
	return AppendJSON(b, e.Class.ErrorCode(), e.Error(), e.File, e.Tensor, e.Offset, e.Next)
}

// AppendJSON appends the error object that the command and the Wasm module share.
func AppendJSON(b []byte, code, message, file, tensor string, offset int64, next string) []byte {
	b = AppendString(append(b, `{"code":`...), code)
	b = AppendString(append(b, `,"message":`...), message)
	b = AppendString(append(b, `,"file":`...), file)
	b = AppendString(append(b, `,"tensor":`...), tensor)
	b = strconv.AppendInt(append(b, `,"offset":`...), offset, 10)
	b = AppendString(append(b, `,"next":`...), next)
	return append(b, '}')
}

// InFile names the file in the innermost fault of err that has none yet, and returns err.
func InFile(err error, name string) error {
	if e, ok := errors.AsType[*Error](err); ok && e.File == "" {
		e.File = name
	}
	return err
}

func join(parts []string) string {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b := make([]byte, 0, n)
	for _, p := range parts {
		b = append(b, p...)
	}
	return string(b)
}
