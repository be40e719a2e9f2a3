package main

// Error codes and exit statuses: a closed list, which docs/json.md repeats and a test holds together.

import (
	"context"
	"errors"
	"io/fs"

	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/native/files"
)

// exits is the exit status of every code.
var exits = map[string]int{
	"changed": 1, "no-space": 1, "out-of-memory": 1, "internal": 1,
	"usage": 2, "exists": 2,
	"truncated": 3, "bad-header": 3, "bad-layout": 3, "limit": 3, "unsupported-arch": 3, "unsupported-type": 3, "ambiguous-layout": 3,
	"not-ternary": 3, "not-finite": 3, "would-misbehave": 3, "template": 3, "context-full": 3,
	"not-found":    4,
	"check-failed": 5,
	"interrupted":  130,
}

// errCheck ends a command whose check failed, after it has printed its result.
var errCheck = errors.New("the check failed")

// status maps an error to its code and exit status.
func status(err error) (code string, exit int) {
	code = codeOf(err)
	return code, exits[code]
}

func codeOf(err error) string {
	var f *fault.Error
	switch {
	case errors.Is(err, errCheck):
		return "check-failed"
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.Is(err, files.ErrExists):
		return "exists"
	case files.NoSpace(err):
		return "no-space"
	case errors.As(err, &f):
		return f.Class.ErrorCode()
	case errors.Is(err, fs.ErrNotExist):
		return "not-found"
	}
	return "internal"
}
