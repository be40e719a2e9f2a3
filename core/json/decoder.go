// Package json reads JSON that nobody vouches for, strictly and in one pass, and writes the JSON of our own results.
//
// Reading is jsontext (RFC 8259 with duplicate names, invalid UTF-8 and trailing garbage refused) plus what it leaves
// to its callers: exact member names, exact integers, a bounded depth and a bounded number of members, one value and
// then the end. Writing is appending, by hand, in a fixed order.
package json

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tritkit/tritkit/core/fault"
)

// Limits bound what a document may cost. A zero field means its default.
type Limits struct {
	Depth   int // 64
	Members int // object members and array elements together: 256 Ki
}

// Kind is the kind of the next value: one of n f t " 0 { } [ ] and 0 at the end or before an error.
type Kind = jsontext.Kind

// Decoder reads one JSON document from front to back. Not safe for concurrent use.
type Decoder struct {
	d       *jsontext.Decoder
	limits  Limits
	members int
}

// NewDecoder returns a decoder over data, which it does not modify and must not be modified while it is in use.
func NewDecoder(data []byte, limits Limits) *Decoder {
	if limits.Depth == 0 {
		limits.Depth = 64
	}
	if limits.Members == 0 {
		limits.Members = 1 << 18
	}
	return &Decoder{d: jsontext.NewDecoder(bytes.NewBuffer(data)), limits: limits}
}

// Kind returns the kind of the next value without reading it.
func (d *Decoder) Kind() Kind { return d.d.PeekKind() }

// Offset returns the byte offset after the last token read.
func (d *Decoder) Offset() int64 { return d.d.InputOffset() }

// Object reads an object and calls field for each member; field must read the member's value, or Skip it.
func (d *Decoder) Object(field func(name string) error) error {
	if err := d.open('{', "an object"); err != nil {
		return err
	}
	for d.d.PeekKind() != '}' {
		if err := d.count(); err != nil {
			return err
		}
		name, err := d.token()
		if err != nil {
			return err
		}
		if err := field(strings.Clone(name.String())); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

// Array reads an array and calls elem for each element; elem must read it, or Skip it.
func (d *Decoder) Array(elem func(i int) error) error {
	if err := d.open('[', "an array"); err != nil {
		return err
	}
	for i := 0; d.d.PeekKind() != ']'; i++ {
		if err := d.count(); err != nil {
			return err
		}
		if err := elem(i); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

// String reads a string.
func (d *Decoder) String() (string, error) {
	if err := d.want('"', "a string"); err != nil {
		return "", err
	}
	t, err := d.token()
	if err != nil {
		return "", err
	}
	return strings.Clone(t.String()), nil
}

// Bool reads true or false.
func (d *Decoder) Bool() (bool, error) {
	if k := d.Kind(); k != 't' && k != 'f' {
		return false, d.unexpected("true or false")
	}
	t, err := d.token()
	if err != nil {
		return false, err
	}
	return t.Bool(), nil
}

// Int reads an integer written as one: no fraction, no exponent, within int64.
func (d *Decoder) Int() (int64, error) {
	if err := d.want('0', "an integer"); err != nil {
		return 0, err
	}
	v, err := d.Raw()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil || string(v) == "-0" {
		return 0, d.fault("not an integer that fits: ", fault.Quote(string(v)))
	}
	return n, nil
}

// Float reads a number as float64; one that overflows is an error.
func (d *Decoder) Float() (float64, error) {
	if err := d.want('0', "a number"); err != nil {
		return 0, err
	}
	v, err := d.Raw()
	if err != nil {
		return 0, err
	}
	x, err := strconv.ParseFloat(string(v), 64)
	if err != nil || math.IsInf(x, 0) {
		return 0, d.fault("not a number that fits: ", fault.Quote(string(v)))
	}
	return x, nil
}

// Null reads null if it is next and reports whether it was.
func (d *Decoder) Null() (bool, error) {
	if d.Kind() != 'n' {
		return false, nil
	}
	_, err := d.token()
	return true, err
}

// Skip reads one value of any kind, within the limits, and drops it.
func (d *Decoder) Skip() error {
	switch d.Kind() {
	case '{':
		return d.Object(func(string) error { return d.Skip() })
	case '[':
		return d.Array(func(int) error { return d.Skip() })
	}
	_, err := d.token()
	return err
}

// Raw reads a string, number, bool or null as its bytes in the document, valid until the next call.
func (d *Decoder) Raw() ([]byte, error) {
	if k := d.Kind(); k == '{' || k == '[' {
		return nil, d.unexpected("a plain value")
	}
	v, err := d.d.ReadValue()
	if err != nil {
		return nil, d.syntax(err)
	}
	return v, nil
}

// End demands that the document is over.
func (d *Decoder) End() error {
	if _, err := d.d.ReadToken(); err != io.EOF {
		return d.fault("there is more after the end of the document")
	}
	return nil
}

func (d *Decoder) open(k Kind, what string) error {
	if err := d.want(k, what); err != nil {
		return err
	}
	if d.d.StackDepth() >= d.limits.Depth {
		return fault.At("json", fault.Limit, d.Offset(), "nested deeper than ", strconv.Itoa(d.limits.Depth))
	}
	_, err := d.token()
	return err
}

func (d *Decoder) want(k Kind, what string) error {
	if d.Kind() != k {
		return d.unexpected(what)
	}
	return nil
}

// unexpected reports what stands where what was wanted, or the syntax error that hides it.
func (d *Decoder) unexpected(what string) error {
	k := d.Kind()
	if k == 0 || k == '}' || k == ']' {
		if _, err := d.d.ReadToken(); err != nil {
			return d.syntax(err)
		}
	}
	found := map[Kind]string{'n': "null", 't': "true", 'f': "false", '"': "a string", '0': "a number", '{': "an object", '[': "an array"}[k]
	if found == "" {
		found = "the end of an object or array"
	}
	return d.fault("wanted ", what, ", found ", found)
}

func (d *Decoder) token() (jsontext.Token, error) {
	t, err := d.d.ReadToken()
	if err != nil {
		return t, d.syntax(err)
	}
	return t, nil
}

func (d *Decoder) count() error {
	if d.members++; d.members > d.limits.Members {
		return fault.At("json", fault.Limit, d.Offset(), "more than ", strconv.Itoa(d.limits.Members), " members and elements")
	}
	return nil
}

func (d *Decoder) fault(msg ...string) error {
	return fault.At("json", fault.JSON, d.Offset(), msg...)
}

// syntax turns jsontext's error into a fault; an unexpected end is a truncated document.
func (d *Decoder) syntax(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.At("json", fault.JSON, d.Offset(), "the document ends early").Because(err)
	}
	msg, offset := err.Error(), d.Offset()
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset = s.ByteOffset
		if s.Err != nil {
			msg = s.Err.Error()
		}
		if s.Err == jsontext.ErrDuplicateName {
			msg = "duplicate member name " + fault.Quote(s.JSONPointer.LastToken())
		}
	}
	return fault.At("json", fault.JSON, offset, strings.TrimPrefix(msg, "jsontext: "))
}
