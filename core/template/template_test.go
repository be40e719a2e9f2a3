package template

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
)

func ExampleTemplate_Render() {
	t, err := Parse("{% for m in messages %}{{ m['role'] | capitalize + ': ' + m['content'] | trim + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}{{ 'Assistant: ' }}{% endif %}")
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := t.Render(Data{Messages: []Message{{Role: "user", Content: " Why ternary? "}}, AddGenerationPrompt: true})
	fmt.Println(s, err)
	// Output: User: Why ternary?<|eot_id|>Assistant:  <nil>
}

func render(source string, d Data) (string, error) {
	t, err := Parse(source)
	if err != nil {
		return "", err
	}
	return t.Render(d)
}

func TestZeroDataRenders(t *testing.T) {
	s, err := render("{{ bos_token }}{{ messages|length }}{{ strftime_now is defined }}{{ tools }}{{ documents }}{{ add_generation_prompt }}", Data{})
	require.NoError(t, err)
	require.Equal(t, "0FalseNoneNoneFalse", s)
	s, err = new(Template).Render(Data{})
	require.NoError(t, err)
	require.Empty(t, s)
}

func TestWhatATemplateSees(t *testing.T) {
	d := Data{
		Messages: []Message{{"user", "hi\xff", nil}, {"assistant", "a", []Field{{"reasoning_content", String("why")}, {"content", List(String("part"))}}}},
		BOS:      "<s>", EOS: "</s>", AddGenerationPrompt: true,
		Extra: map[string]Value{"enable_thinking": Bool(false), "n": Int(3), "x": Float(3), "none": None(), "tools": List(Dict(Field{"name", String("f")}, Field{"name", String("g")}))},
	}
	s, err := render("{{ messages }}{{ bos_token ~ eos_token }}{{ add_generation_prompt }}{{ enable_thinking }}{{ n }}{{ x }}{{ tools }}", d)
	require.NoError(t, err)
	require.Equal(t, `[{'role': 'user', 'content': 'hi\ufffd'}, {'role': 'assistant', 'content': ['part'], 'reasoning_content': 'why'}]<s></s>TrueFalse33.0[{'name': 'g'}]`, strings.ReplaceAll(s, "\ufffd", `\ufffd`))
}

func TestParseJSON(t *testing.T) {
	v, err := ParseJSON([]byte(`{"b":[1,-2.0,1e3,12345678901234567890,true,null,"é"],"a":{}}`))
	require.NoError(t, err)
	s, err := render("{{ v }}", Data{Extra: map[string]Value{"v": v}})
	require.NoError(t, err)
	require.Equal(t, "{'b': [1, -2.0, 1000.0, 1.2345678901234567e+19, True, None, 'é'], 'a': {}}", s)
	for _, bad := range []string{"", "{", "[1,]", "1 2", "1e999", strings.Repeat("[", 65) + strings.Repeat("]", 65)} {
		_, err := ParseJSON([]byte(bad))
		require.Error(t, err, bad)
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for source, want := range map[string]string{
		"{{ 1 +": `template: line 1, column 1: the tag has no }}`, "é{{ x | nosuch }}": `template: line 1, column 9: the filter "nosuch" is outside the subset`,
		"a\n\n  {% with x = 1 %}": `template: line 3, column 6: the tag with is outside the subset`, "{% if 1 %}\n{% for x in y %}\n{% endif %}": `template: line 3, column 4: an unknown tag "endif"`,
		"{% if 1 %}": `template: line 1, column 4: the tag if has no endif`, "\r\n{{ x is nosuch }}": `template: line 2, column 9: the test "nosuch" is outside the subset`,
		"{{ x.y }}": `template: line 1, column 6: 'x' is undefined`, "{{ {}.y.z }}": `template: line 1, column 9: 'dict object' has no attribute "y"`, "{{ 'a' + 1 }}": `template: line 1, column 8: the operator + does not take str and int`,
		"{{ 1 | length }}": `template: line 1, column 8: the filter length: a int has no length`, "{{ 'a'.zfill(3) }}": `template: line 1, column 8: the method zfill of a str is outside the subset`,
		"{% set x = \"\x1b[31m\" %}{{ x.y.z }}": `template: line 1, column 29: 'str object' has no attribute "y"`, "{{ $ }}": `template: line 1, column 4: an unexpected "$"`, "{{ f(**x) }}": `template: line 1, column 6: arguments from a list or dict (**) are outside the subset`,
		"{{ 99999999999999999999 }}": `template: line 1, column 4: the number "99999999999999999999" is outside 64 bits`, "{{ 9223372036854775807 + 1 }}": `template: line 1, column 24: the result of 9223372036854775807 + 1 is outside 64 bits`,
		"{{ }}": `template: line 1, column 4: an unexpected }} where an expression is expected`, "{% break %}": `template: line 1, column 4: break outside a loop`,
	} {
		_, err := render(source, Data{})
		require.EqualError(t, err, want, source)
		require.ErrorIs(t, err, fault.ErrUnsupported)
		var f *fault.Error
		require.ErrorAs(t, err, &f)
		require.Equal(t, "template", f.Class.ErrorCode())
	}
	_, err := Parse("\xff")
	require.ErrorIs(t, err, fault.ErrUnsupported)
}

// What jinja2 renders and we do not is named where it stands: by Parse where the text shows it, else when a conversation comes by.
func TestOutsideTheSubset(t *testing.T) {
	for source, want := range map[string]string{
		"{#- who\n   speaks -#}\n{% for m in messages %}\n  {% call(x) turn(m) %}{{ x }}{% endcall %}\n{% endfor %}": "line 4, column 6: the tag call is outside the subset",
		"{% for m in messages %}\n{{ m.role }}: {{ m.content\n  | wordwrap(40)\n}}\n{% endfor %}":                    `line 3, column 5: the filter "wordwrap" is outside the subset`,
		"{% for m in messages recursive %}{{ loop(m.replies) }}{% endfor %}":                                         "line 1, column 22: a recursive loop is outside the subset",
		"{% macro say(m) %}\r\n  {{ '%s: %s' % (m.role, m.content) }}\r\n{% endmacro %}\r\n{{ say(messages[0]) }}":   "line 2, column 15: the operator % on a text is outside the subset",
		"Grüße, 漢字 {{ messages[0].content.partition(':')[0] }}":                                                      "line 1, column 34: the method partition of a str is outside the subset",
		"{{ bos_token }}\n{%- import 'macros.jinja' as m %}":                                                         "line 2, column 5: the tag import is outside the subset",
		"{% for m in messages %}{{ loop.cycle('a', 'b') }}{% endfor %}":                                              "line 1, column 32: loop.cycle is outside the subset",
		"{{ messages.__class__ }}":                "line 1, column 13: the attribute __class__ is outside the subset",
		"{{ messages | map('batch', 2) | list }}": `line 1, column 15: the filter map: the filter "batch" is outside the subset`,
	} {
		_, err := render(source, Data{Messages: []Message{{Role: "user", Content: "a: b"}}})
		require.EqualError(t, err, "template: "+want, source)
		require.ErrorIs(t, err, fault.ErrUnsupported)
	}
}

func TestARefusalIsKnown(t *testing.T) {
	_, err := render("\n{{ raise_exception('roles must ' ~ 'alternate\x1b') }}", Data{})
	require.ErrorIs(t, err, ErrRefused)
	require.EqualError(t, err, `template: line 2, column 19: the template refuses the conversation: roles must alternate\u{1b}`)
	_, err = render(readChat(t, "llama-2"), Data{BOS: "<s>", Messages: []Message{{Role: "user", Content: "a"}, {Role: "user", Content: "b"}}})
	require.ErrorIs(t, err, ErrRefused)
	require.EqualError(t, err, "template: line 11, column 28: the template refuses the conversation: turn 2 is not the assistant's")
	_, err = render("{{ raise_exception('é' * 100000) }}", Data{})
	require.ErrorIs(t, err, ErrRefused)
	require.Less(t, len(err.Error()), 1200)
	_, err = render("{{ x.y }}", Data{})
	require.False(t, errors.Is(err, ErrRefused))
}

// A long conversation is far from the limits: 1 MiB of text in 1,000 turns.
func TestLongConversations(t *testing.T) {
	d := Data{AddGenerationPrompt: true, BOS: "<s>", EOS: "</s>"}
	for i := range 1000 {
		d.Messages = append(d.Messages, Message{Role: []string{"user", "assistant"}[i%2], Content: strings.Repeat("word ", 210)})
	}
	for _, name := range []string{"bitnet-2b4t", "llama-2", "chatml", "tools", "thinking", "training"} {
		s, err := render(readChat(t, name), d)
		require.NoError(t, err, name)
		require.Greater(t, len(s), 1<<20)
	}
}

func TestOneTemplateManyGoroutines(t *testing.T) {
	tmpl, err := Parse(readChat(t, "tools"))
	require.NoError(t, err)
	tools, err := ParseJSON([]byte(`[{"name": "f", "parameters": {"properties": {"x": {"type": "string"}}}}]`))
	require.NoError(t, err)
	extra := map[string]Value{"tools": tools}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 50 {
				s, err := tmpl.Render(Data{Messages: []Message{{Role: "user", Content: "no " + strconv.Itoa(i)}}, BOS: "<s>", Extra: extra})
				if err != nil || !strings.Contains(s, "no "+strconv.Itoa(i)) {
					t.Error(s, err)
				}
			}
		})
	}
	wg.Wait()
}

// A system text and a question, through a template with macros and a namespace.
func BenchmarkRender(b *testing.B) {
	tmpl, err := Parse(readChat(b, "tools"))
	require.NoError(b, err)
	d := Data{Messages: []Message{{Role: "system", Content: "You are terse."}, {Role: "user", Content: "Why ternary?"}}, AddGenerationPrompt: true, BOS: "<s>"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tmpl.Render(d); err != nil {
			b.Fatal(err)
		}
	}
}
