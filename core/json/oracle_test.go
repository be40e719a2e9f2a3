package json

// What jsontext, which is the reader of the coming standard library, takes and refuses, beside what we do.

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/internal/bounded"
)

// tokens reads a whole document and returns its tokens, one a line.
func tokens(doc []byte, limits Limits) (b []byte, err error) {
	d := NewDecoder(doc, limits)
	var value func(int) error
	value = func(int) error {
		switch d.Kind() {
		case '{':
			b = append(b, "{\n"...)
			err := d.Object(func(name string) error {
				b = append(AppendString(b, name), '\n')
				return value(0)
			})
			b = append(b, "}\n"...)
			return err
		case '[':
			b = append(b, "[\n"...)
			err := d.Array(value)
			b = append(b, "]\n"...)
			return err
		case '"':
			s, err := d.String()
			b = append(AppendString(b, s), '\n')
			return err
		case 't', 'f':
			v, err := d.Bool()
			b = append(AppendBool(b, v), '\n')
			return err
		}
		raw, err := d.Raw()
		b = append(append(b, raw...), '\n')
		return err
	}
	if err = value(0); err == nil {
		err = d.End()
	}
	return b, err
}

// oracleTokens does the same by jsontext.
func oracleTokens(doc []byte) (b []byte, err error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(doc))
	for {
		t, err := d.ReadToken()
		if err != nil {
			return b, err
		}
		if t.Kind() == '"' {
			b, err = jsontext.AppendQuote(b, t.String())
		} else {
			b = append(b, t.String()...)
		}
		b = append(b, '\n')
		if err == nil && d.StackDepth() == 0 {
			if rest := bytes.Trim(doc[d.InputOffset():], " \t\r\n"); len(rest) > 0 {
				return b, errors.New("more than one value")
			}
			return b, nil
		}
	}
}

// same fails the test when the two do not agree on doc: whether it is one JSON value, what it holds, and where it is
// wrong, but for space and the comma or colon before.
func same(t *testing.T, doc []byte) {
	t.Helper()
	ours, err := tokens(doc, Limits{})
	theirs, oracleErr := oracleTokens(doc)
	if errors.Is(err, fault.ErrLimit) {
		return // jsontext goes deeper and has no limit of members
	}
	require.Equal(t, oracleErr == nil, err == nil, "%q: %v, jsontext: %v", doc, err, oracleErr)
	if err == nil {
		require.Equal(t, string(theirs), string(ours), "%q", doc)
		v := jsontext.Value(bytes.Clone(doc))
		require.NoError(t, v.Indent(jsontext.WithIndent("  ")))
		require.Equal(t, string(v), string(AppendIndented(nil, doc)), "%q", doc)
		return
	}
	e, ok := errors.AsType[*fault.Error](err)
	require.True(t, ok && e.Class == fault.JSON, "%q: %v", doc, err)
	if strings.HasPrefix(e.Msg, "wanted a member name") {
		return // jsontext reads what stands there to its end first
	}
	if s, ok := errors.AsType[*jsontext.SyntacticError](oracleErr); ok && s.Err != io.ErrUnexpectedEOF {
		between := doc[min(s.ByteOffset, e.Offset):max(s.ByteOffset, e.Offset)]
		require.Empty(t, bytes.Trim(between, " \t\r\n,:"), "%q: %v, jsontext: %v", doc, err, oracleErr)
	}
}

func TestSameAsJSONText(t *testing.T) {
	var docs []string
	scalars := []string{
		// numbers
		"0", "-0", "1", "-1", "123456789012345678901234567890", "0.5", "-0.0", "1e5", "1E+5", "1e-5", "1.5e300", "1e999", "0e0", "0E+0",
		"01", "-01", "00", "+1", "-", "--1", "-a", ".5", "5.", "5.e1", "5.a", "1e", "1e+", "1e-", "1ea", "1e5.5", "0x1", "1_000", "1a", "-NaN", "NaN", "Infinity", "-Infinity", "1 2", "1,2", "１",
		// words
		"null", "true", "false", "nul", "nulL", "NULL", "True", "tru", "truth", "falsehood", "f", "n", "nullnull", "undefined",
		// strings
		`""`, `"a"`, `"ü€😀"`, `"\""`, `"\\"`, `"\/"`, `"\b\f\n\r\t"`, `"\u0000"`, `"\u001f"`, `"\u00fc\u20AC"`, `"\ud83d\ude00"`, `"\uD83D\uDE00"`, `"\uffff"`, `"\ufffd"`, "\"\ufffd\"", "\"\u2028\x7f\"", `"\u0022"`,
		`"`, `"a`, `"\`, `"\"`, `"\u`, `"\u12`, `"\u"`, `"\u12"`, `"\u123"`, `"\u123g"`, `"\U0041"`, `"\x41"`, `"\a"`, `"\'"`, `"\0"`, "\"\\\n\"", "\"\\\xff\"", `'a'`, `a`, "\"\n\"", "\"\x00\"", "\"\t\"", "\"\x1f\"",
		`"\ud800"`, `"\udc00"`, `"\ud800x"`, `"\ud800\n"`, `"\ud800\u0041"`, `"\ud800\ud800"`, `"\udc00\ud800"`, `"\ud800\u"`, `"\ud800\udc`, `"\ud83d\ude0g"`,
		"\"\xff\"", "\"a\x80\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "\"\xe2\x82", "\"ok \xf0\x9f\x98 bad\"", "\"\xff\\\"\"",
	}
	docs = append(docs, "", " ", "\t\n\r ", "\v", "\f1", "\u00a01", "\x00", "1\x00", "\ufeff1", "\xff", "//1", "/**/1", "1//", "1 ", " 1\n", "1\v",
		"{", "}", "[", "]", "[]", "{}", "[ ]", "{ }", "[}", "{]", "[[]", "[]]", "{{}}", "[,]", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[1:2]", "[1", "[1,", "[1]x", "[] []", "[1}", "[\"a\"", "[\"a\",",
		`{"a"}`, `{"a":}`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,"a":1}`, `{"a" 1}`, `{"a",1}`, `{"a"::1}`, `{"a":1 "b":2}`, `{"a":1:2}`, `{"a":1;"b":2}`, `{a:1}`, `{'a':1}`, `{1:1}`, `{null:1}`, `{[]:1}`, `{"a":1]`, `{"a"`, `{"a":`, `{"`, `{"a":1,,"b":2}`,
		`{"a":1,"b":2}`, `{"a":1,"a":1}`, `{"":1,"":2}`, `{"a":1,"A":2}`, `{"a":1,"\u0061":2}`, `{"\u0061":1,"a":2}`, `{"a":{"a":{"a":1}}}`, `{"a":{"b":1},"b":{"a":1}}`, `{"a":{"b":1,"b":1}}`, `[{"a":1},{"a":1}]`, `{"é":1,"e\u0301":2}`, `{"a\"":1,"a\u0022":2}`,
		` { "a" : [ 1 , 2.50 , { } , [ ] ] , "b" : { "c" : null } } `, `{"a":"{[,:\"\\"}`, `[["\\"],"\\\""]`,
		"{"+manyNames(40)+`"27":1}`, "{"+manyNames(40)+`"28":1}`, "{"+manyNames(16)+`"f":1}`, "{"+manyNames(17)+`"10":1}`, "{"+manyNames(17)+`"0":1}`, "{"+manyNames(5000)+`"1387":1}`, "{"+manyNames(5000)+`"1388":1}`,
		strings.Repeat("[", 64)+strings.Repeat("]", 64), strings.Repeat(`{"a":`, 63)+"1"+strings.Repeat("}", 63), `["`+strings.Repeat("long", 1<<14)+`","`+strings.Repeat("ü", 1<<14)+`","\n"]`)
	for _, s := range scalars {
		docs = append(docs, s, "["+s+"]", "[1, "+s+" ,2]", `{"a":`+s+`}`, "{"+s+`:1}`, s+s)
	}
	for _, doc := range docs {
		same(t, []byte(doc))
	}
	for i := range 0x10000 { // every escape of one unit
		same(t, []byte(`"\u`+strconv.FormatInt(int64(0x10000+i), 16)[1:]+`"`))
	}
}

func TestAppendedAsJSONTextDoes(t *testing.T) {
	for _, s := range []string{"", "plain", "\x00\x01\x1f\x20\x7f", `"\/'<>&`, "\b\f\n\r\t\v", "ü€😀\u2028\ufffd", "\xff", "a\xc0\x80b", "\xed\xa0\x80", "\xf0\x9f\x98", strings.Repeat("\xe2\x82", 3)} {
		want, _ := jsontext.AppendQuote(nil, s)
		require.Equal(t, string(want), string(AppendString(nil, s)))
	}
}

// FuzzDecoder: no panic, bounded time and memory, and jsontext agrees: on documents, and on what strings are written as.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.5e3,"x",null,true,{}]}`))
	f.Add([]byte(`{"a":1,"\u0061":2}`))
	f.Add([]byte(`["\ud83d\ude00\n","ü",-0.1e-7 ]`))
	f.Add([]byte(strings.Repeat("[", 100)))
	f.Add([]byte("{" + manyNames(40) + `"0":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		bounded.Run(t, 1<<20, 32, int64(len(b)), func() { skipAll(string(b), Limits{}) })
		same(t, b)
		want, _ := jsontext.AppendQuote(nil, b)
		require.Equal(t, string(want), string(AppendString(nil, string(b))))
	})
}

// BenchmarkDecoder reads a vocabulary of Llama-3's size, 128,256 members and 280,147 merges, and the same by jsontext.
func BenchmarkDecoder(b *testing.B) {
	doc := []byte(`{"vocab":{`)
	for i := range 128256 {
		doc = AppendInt(AppendKey(doc, "Ġ"+strconv.FormatInt(int64(i)*7919, 36)), int64(i))
	}
	doc = append(doc, `},"merges":[`...)
	for i := range 280147 {
		if i > 0 {
			doc = append(doc, ',')
		}
		doc = append(doc, `["Ġ`+strconv.Itoa(i)+`","ing"]`...)
	}
	doc = append(doc, "]}"...)
	b.Run("json", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		b.ReportAllocs()
		for b.Loop() {
			d := NewDecoder(doc, Limits{Members: 8 << 20})
			pair := func(int) error {
				return d.Array(func(int) error { _, err := d.String(); return err })
			}
			err := d.Object(func(name string) error {
				if name == "merges" {
					return d.Array(pair)
				}
				return d.Object(func(string) error { _, err := d.Int(); return err })
			})
			if err != nil || d.End() != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("jsontext", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		b.ReportAllocs()
		for b.Loop() {
			d, n := jsontext.NewDecoder(bytes.NewBuffer(doc)), 0
			for {
				t, err := d.ReadToken()
				if err == io.EOF {
					break
				}
				if err != nil {
					b.Fatal(err)
				}
				n += len(strings.Clone(t.String())) // a token lasts until the next
			}
		}
	})
}
