// Package json reads JSON that nobody vouches for, strictly and in one pass, and writes the JSON of our own results.
//
// Reading is RFC 8259 without its liberties: a member name comes once in an object and is exactly what it is, text is
// UTF-8 and surrogates come in pairs, integers are exact, depth and members are bounded, and after one value the document
// is over. It takes what jsontext takes, which the tests hold beside it. Writing is appending, by hand, in a fixed order.
package json

import (
	"math"
	"strconv"
	"strings"

	"github.com/tritkit/tritkit/core/fault"
)

// Limits bound what a document may cost. A zero field means its default.
type Limits struct {
	Depth   int // 64
	Members int // object members and array elements together: 256 Ki
}

// Kind is the kind of the next value: one of n f t " 0 { } [ ] and 0 at the end or before an error.
type Kind byte

// Decoder reads one JSON document from front to back. Not safe for concurrent use.
type Decoder struct {
	data    []byte
	at      int // the next byte
	end     int // after the last token read
	limits  Limits
	depth   int
	members int
	text    strings.Builder // the latest strings read
}

// NewDecoder returns a decoder over data, which it does not modify and must not be modified while it is in use.
func NewDecoder(data []byte, limits Limits) *Decoder {
	if limits.Depth == 0 {
		limits.Depth = 64
	}
	if limits.Members == 0 {
		limits.Members = 1 << 18
	}
	return &Decoder{data: data, limits: limits}
}

// Kind returns the kind of the next value without reading it.
func (d *Decoder) Kind() Kind {
	switch c := d.peek(); c {
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return '0'
	case 'n', 'f', 't', '"', '{', '}', '[', ']':
		return Kind(c)
	}
	return 0
}

// Offset returns the byte offset after the last token read.
func (d *Decoder) Offset() int64 { return int64(d.end) }

// Object reads an object and calls field for each member; field must read the member's value, or Skip it.
func (d *Decoder) Object(field func(name string) error) error {
	if err := d.open('{', "an object"); err != nil {
		return err
	}
	var seen names
	for first := true; ; first = false {
		if more, err := d.more('}', first); !more {
			return err
		}
		name, err := d.name(&seen)
		if err != nil {
			return err
		}
		if err := field(name); err != nil {
			return err
		}
	}
}

// Array reads an array and calls elem for each element; elem must read it, or Skip it.
func (d *Decoder) Array(elem func(i int) error) error {
	if err := d.open('[', "an array"); err != nil {
		return err
	}
	for i := 0; ; i++ {
		if more, err := d.more(']', i == 0); !more {
			return err
		}
		if err := elem(i); err != nil {
			return err
		}
	}
}

// String reads a string.
func (d *Decoder) String() (string, error) {
	if d.peek() != '"' {
		return "", d.unexpected("a string")
	}
	return d.string()
}

// Bool reads true or false.
func (d *Decoder) Bool() (bool, error) {
	c := d.peek()
	if c != 't' && c != 'f' {
		return false, d.unexpected("true or false")
	}
	return c == 't', d.Skip()
}

// Int reads an integer written as one: no fraction, no exponent, within int64.
func (d *Decoder) Int() (int64, error) {
	if d.Kind() != '0' {
		return 0, d.unexpected("an integer")
	}
	v, err := d.Raw()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil || string(v) == "-0" {
		return 0, d.fault(d.end, "not an integer that fits: ", fault.Quote(string(v)))
	}
	return n, nil
}

// Float reads a number as float64; one that overflows is an error.
func (d *Decoder) Float() (float64, error) {
	if d.Kind() != '0' {
		return 0, d.unexpected("a number")
	}
	v, err := d.Raw()
	if err != nil {
		return 0, err
	}
	x, err := strconv.ParseFloat(string(v), 64)
	if err != nil || math.IsInf(x, 0) {
		return 0, d.fault(d.end, "not a number that fits: ", fault.Quote(string(v)))
	}
	return x, nil
}

// Null reads null if it is next and reports whether it was.
func (d *Decoder) Null() (bool, error) {
	if d.peek() != 'n' {
		return false, nil
	}
	return true, d.Skip()
}

// Skip reads one value of any kind, within the limits, and drops it.
func (d *Decoder) Skip() error {
	switch d.peek() {
	case '{':
		return d.Object(func(string) error { return d.Skip() })
	case '[':
		return d.Array(func(int) error { return d.Skip() })
	}
	_, err := d.Raw()
	return err
}

// Value reads one value of any kind, within the limits, as its bytes in the document.
func (d *Decoder) Value() ([]byte, error) {
	d.peek()
	start := d.at
	if err := d.Skip(); err != nil {
		return nil, err
	}
	return d.data[start:d.end], nil
}

// Raw reads a string, number, bool or null as its bytes in the document.
func (d *Decoder) Raw() ([]byte, error) {
	kind := d.Kind()
	start, end, err := d.at, 0, error(nil)
	switch kind {
	case '"':
		end, _, err = d.scanString()
	case '0':
		end, err = d.scanNumber()
	case 'n':
		end, err = d.scanWord("null")
	case 't':
		end, err = d.scanWord("true")
	case 'f':
		end, err = d.scanWord("false")
	default:
		err = d.unexpected("a plain value")
	}
	if err != nil {
		return nil, err
	}
	d.read(end)
	return d.data[start:end], nil
}

// End demands that the document is over.
func (d *Decoder) End() error {
	if d.peek(); d.at < len(d.data) {
		return d.fault(d.at, "there is more after the end of the document")
	}
	return nil
}

// peek returns the next byte that is not space; 0 also at the end, where no value starts either.
func (d *Decoder) peek() byte {
	for ; d.at < len(d.data); d.at++ {
		if c := d.data[d.at]; c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
	}
	return 0
}

// read moves behind a token.
func (d *Decoder) read(end int) { d.at, d.end = end, end }

func (d *Decoder) open(bracket byte, what string) error {
	if d.peek() != bracket {
		return d.unexpected(what)
	}
	if d.depth++; d.depth > d.limits.Depth {
		return fault.At("json", fault.Limit, d.Offset(), "nested deeper than ", strconv.Itoa(d.limits.Depth))
	}
	d.read(d.at + 1)
	return nil
}

// more reads the comma before the next member or element and reports true, or the bracket behind the last.
func (d *Decoder) more(bracket byte, first bool) (bool, error) {
	switch c := d.peek(); {
	case c == bracket:
		d.read(d.at + 1)
		d.depth--
		return false, nil
	case first:
	case c == ',':
		d.at++
	default:
		return false, d.invalid("a comma or " + string(rune(bracket)))
	}
	if d.members++; d.members > d.limits.Members {
		return false, fault.At("json", fault.Limit, d.Offset(), "more than ", strconv.Itoa(d.limits.Members), " members and elements")
	}
	return true, nil
}

// name reads a member's name, which must be new to its object, and the colon.
func (d *Decoder) name(seen *names) (string, error) {
	if d.peek() != '"' {
		return "", d.invalid("a member name")
	}
	at := d.at
	name, err := d.string()
	if err != nil {
		return "", err
	}
	if !seen.add(name) {
		return "", d.fault(at, "duplicate member name ", fault.Quote(name))
	}
	if d.peek() != ':' {
		return "", d.invalid("a colon")
	}
	d.at++
	return name, nil
}

// textSize is what strings are allocated in: many at once, so that a vocabulary is not 400,000 allocations.
const textSize = 16 << 10

// string reads the string at d.at. It shares memory with its neighbours, and none with the document.
func (d *Decoder) string() (string, error) {
	start := d.at + 1
	end, escaped, err := d.scanString()
	if err != nil {
		return "", err
	}
	d.read(end)
	b := d.data[start : end-1]
	if d.text.Cap()-d.text.Len() < len(b) {
		d.text.Reset()
		d.text.Grow(max(len(b), min(textSize, len(d.data)-start)))
	}
	from := d.text.Len()
	if escaped {
		unescape(&d.text, b)
	} else {
		d.text.Write(b)
	}
	return d.text.String()[from:], nil
}

const early = "the document ends early"

// unexpected reports what stands where what was wanted.
func (d *Decoder) unexpected(what string) error {
	found := ""
	switch d.Kind() {
	case 'n':
		found = "null"
	case 't':
		found = "true"
	case 'f':
		found = "false"
	case '"':
		found = "a string"
	case '0':
		found = "a number"
	case '{':
		found = "an object"
	case '[':
		found = "an array"
	case '}', ']':
		found = "the end of an object or array"
	default:
		return d.invalid(what)
	}
	return d.fault(d.at, "wanted ", what, ", found ", found)
}

// invalid reports that no token starts at d.at, or that the document is over.
func (d *Decoder) invalid(wanted string) error {
	if d.at >= len(d.data) {
		return d.fault(d.at, early)
	}
	return d.fault(d.at, "wanted ", wanted, ", found ", fault.Quote(firstRune(d.data[d.at:])))
}

func (d *Decoder) fault(at int, msg ...string) error {
	return fault.At("json", fault.JSON, int64(at), msg...)
}
