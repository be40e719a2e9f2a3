package host

// Errors of the module, as the faults that they were inside it.

import (
	"errors"
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/fault"
)

// classes are the classes that a code stands for where the error object does not name one: errors.Is tells those of one
// code apart no further.
var classes = map[string]fault.Class{
	"truncated": fault.Truncated, "bad-header": fault.Value, "bad-layout": fault.Bounds, "limit": fault.Limit, "unsupported-arch": fault.Arch,
	"unsupported-type": fault.TensorType, "ambiguous-layout": fault.Ambiguous, "not-ternary": fault.NotTernary, "not-finite": fault.NotFinite,
	"template": fault.Template, "not-found": fault.NotFound, "usage": fault.Usage, "would-misbehave": fault.Misbehave, "changed": fault.Changed,
	"out-of-memory": fault.Memory, "context-full": fault.Full,
}

// decodeError reads an error object. What is no fault inside the module is none here.
func decodeError(object []byte) error {
	var code, class, message string
	e := &fault.Error{}
	err := decode(object, e, func(d *decoder, e *fault.Error) error {
		return d.object(d.text("code", &code), d.text("message", &message), d.text("file", &e.File), d.text("tensor", &e.Tensor), d.number("offset", &e.Offset), d.text("next", &e.Next),
			d.text("class", &class).maybe())
	})
	if err != nil {
		return errors.Join(ErrModule, err)
	}
	e.Class = fault.Class(class)
	if class == "" || e.Class.ErrorCode() != code {
		e.Class = classes[code]
	}
	if e.Class == "" {
		return errors.New(message)
	}
	e.Pkg, e.Msg = split(message, e)
	return e
}

// split takes a message apart into the package that speaks and what it says, so that e says the same again.
func split(message string, e *fault.Error) (pkg, msg string) {
	pkg, msg, _ = strings.Cut(message, ": ")
	for _, name := range []string{e.File, e.Tensor} {
		if name != "" {
			msg = strings.TrimPrefix(msg, fault.Clean(name)+": ")
		}
	}
	if e.Offset >= 0 {
		msg = strings.TrimSuffix(msg, " (offset "+strconv.FormatInt(e.Offset, 10)+")")
	}
	return pkg, msg
}
