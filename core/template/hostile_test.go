package template

// Templates that would cost more than they may, and whatever a fuzzer makes of all others.

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tritkit/tritkit/core/fault"
	"github.com/tritkit/tritkit/internal/bounded"
)

// hostile are templates that would cost more than they may, each with a bound in its name.
func hostile() map[string]string {
	double := func(body string) string { return strings.Repeat(body, 60) }
	numbered := func(n int, body string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(body, "#", strconv.Itoa(i)))
		}
		return b.String()
	}
	return map[string]string{
		"source":                strings.Repeat("x", MaxSource+1),
		"loop in loop":          "{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}",
		"steps of expressions":  "{% for a in range(9000) %}{{ 1+1+1+1+1+1+1+1+1+1+1+1 }}{% endfor %}",
		"output":                "{% for a in range(5000) %}" + strings.Repeat("x", 1000) + "{% endfor %}",
		"output by doubling":    "{% set ns = namespace(x='ab') %}{% for a in range(64) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
		"output by ~":           "{% set ns = namespace(x='ab') %}{% for a in range(64) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
		"repeat":                "{{ 'abc' * 1000000000000 }}",
		"repeat to 32 bits":     "{{ 'abcd' * 1073741824 }}",
		"repeat a list":         "{{ [1, 2] * 4611686018427387904 }}",
		"list by doubling":      "{% set ns = namespace(x=[1]) %}{% for a in range(64) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
		"shared lists printed":  "{% set a = [1] %}" + double("{% set a = [a, a] %}") + "{{ a }}",
		"shared lists as JSON":  "{% set a = [1] %}" + double("{% set a = [a, a] %}") + "{{ a | tojson }}",
		"shared lists compared": "{% set a = [1] %}{% set b = [1] %}" + double("{% set a = [a, a] %}{% set b = [b, b] %}") + "{{ a == b }}",
		"replace":               "{% set x = 'a' * 100000 %}{{ x.replace('a', x) }}",
		"replace nothing":       "{% set x = 'a' * 2000000 %}{{ x.replace('', 'aaa') }}",
		"join":                  "{% set x = 'a' * 100000 %}{{ range(100) | join(x) }}",
		"indent":                "{% set x = 'a\n' * 10000 %}{{ x | indent(1000) }}",
		"indent by a lot":       "{{ 'a' | indent(1000000000) }}",
		"JSON indent":           "{{ [[[[1]]]] | tojson(indent=4000000) }}",
		"power":                 "{% for a in range(1000) %}{% for b in range(1000) %}{{ 2 ** 62 }}{% endfor %}{% endfor %}",
		"macros":                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
		"macros in pairs":       "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
		"macros twice":          "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(50) }}",
		"brackets":              "{{ " + strings.Repeat("(", 10000) + "1" + strings.Repeat(")", 10000) + " }}",
		"lists":                 "{{ " + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + " }}",
		"signs":                 "{{ " + strings.Repeat("-", 10000) + "1 }}",
		"nots":                  "{{ " + strings.Repeat("not ", 10000) + "1 }}",
		"ifs":                   strings.Repeat("{% if 1 %}", 5000) + strings.Repeat("{% endif %}", 1000),
		"else":                  "{{ 1" + strings.Repeat(" if 1 else 1", 5000) + " }}",
		"targets":               "{% set " + strings.Repeat("(", 5000) + "a" + strings.Repeat(")", 5000) + " = 1 %}",
		"attributes":            "{{ x" + strings.Repeat(".x", 20000) + " }}",
		"filters":               "{{ x" + strings.Repeat("|d", 20000) + " }}",
		"calls":                 "{{ x" + strings.Repeat("()", 20000) + " }}",
		"a list around itself":  "{% set ns = namespace(x=[]) %}{% for a in range(100) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
		"JSON around itself":    "{% set ns = namespace(x=[]) %}{% for a in range(100) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | tojson }}",
		"compared to itself":    "{% set ns = namespace(x=[], y=[]) %}{% for a in range(100) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
		"steps of texts":        "{% set x = 'a' * 4000000 %}{% for a in range(1000) %}{{ x == x + '' }}{% endfor %}",
		"steps of searches":     "{% set x = 'a' * 4000000 %}{% for a in range(1000) %}{{ 'b' in x }}{% endfor %}",
		"steps of slices":       "{% set x = 'é' * 1000000 %}{% for a in range(1000) %}{% set y = x[1:] %}{% endfor %}",
		"steps of upper":        "{% set x = 'a' * 1000000 %}{% for a in range(1000) %}{% set y = x | upper %}{% endfor %}",
		"steps of sorts":        "{% set x = range(5000) | list %}{% for a in range(1000) %}{% set y = x | sort(reverse=true) %}{% endfor %}",
		"keys by their text":    "{% set x = 'a' * 4000000 %}{% for a in range(1000) %}{{ d[x] }}{% endfor %}",
		"keys of new dicts":     "{% set x = 'a' * 4000000 %}{% for a in range(1000) %}{% set y = {x: 1} %}{% endfor %}",
		"keys sought":           "{% set x = 'a' * 4000000 %}{% for a in range(1000) %}{{ x in d or d.get(x) }}{% endfor %}",
		"unique":                "{% set x = 'a' * 4000000 %}{{ ([x] * 1000) | unique(true) | list | length }}",
		"paths":                 "{% set x = 'a' * 4000000 %}{{ ([{}] * 1000) | map(attribute=x) | list | length }}",
		"prefixes":              "{% set x = 'a' * 4000000 %}{% set y = x ~ '' %}{% for a in range(1000) %}{{ x.startswith(y) and x.endswith((y, y)) }}{% endfor %}",
		"sameness":              "{% set x = 'a' * 4000000 %}{% set y = x ~ '' %}{% for a in range(1000) %}{{ x is sameas y }}{% endfor %}",
		"numbers":               "{% set x = '1' * 4000000 %}{% for a in range(1000) %}{{ x | int(0) or x | float }}{% endfor %}",
		"characters to strip":   "{% set x = 'ab' * 2000000 %}{% for a in range(1000) %}{{ 'a'.strip(x) }}{% endfor %}",
		"hidden names":          "{% for a in range(1000) %}{% continue %}" + numbered(3500, "{% set a#=1 %}") + "{% endfor %}",
		"parameters":            "{% macro m(" + numbered(6000, "p#,") + "p) %}{% endmacro %}{% for a in range(1000) %}{{ m() }}{% endfor %}",
		"named arguments":       "{% macro m(" + numbered(3000, "p#,") + "p) %}{% endmacro %}{% for a in range(1000) %}{{ m(" + numbered(3000, "p#=1,") + ") }}{% endfor %}",
		"targets of a loop":     "{% for " + strings.Repeat("a,", 10000) + " in [range(10000) | list] * 1000 %}{% endfor %}",
		"a long name":           "{{ " + strings.Repeat("x", 60000) + " }}",
		"inline ifs in a row":   "{{ 1" + strings.Repeat(" if 1", 10000) + " }}",
		"scopes":                strings.Repeat("{% for a in [1] %}", 60) + "{% for a in range(10000) %}{{ u ~ v ~ w }}{% endfor %}" + strings.Repeat("{% endfor %}", 60),
		"steps of splits":       "{% set x = 'a ' * 10000 %}{% for a in range(1000) %}{% set y = x.split() %}{% endfor %}",
	}
}

// With a tenth of the steps, so that a step that costs too much stands out on a slow machine too.
func TestEveryLimit(t *testing.T) {
	for name, source := range hostile() {
		bounded.Run(t, 256<<20, 0, 0, func() {
			tmpl, err := Parse(source)
			if err == nil {
				_, err = tmpl.render(Data{Extra: map[string]Value{"d": Dict()}}, MaxSteps/10)
			}
			require.ErrorIs(t, err, fault.ErrLimit, name)
		})
	}
	_, err := render("{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}", Data{})
	require.EqualError(t, err, "template: line 1, column 44: the template needs more than 1000000 steps")
	for _, source := range []string{
		strings.Repeat("x", MaxSource), "{{ " + strings.Repeat("1 + ", 10000) + "1 }}", "{{ " + strings.Repeat("1 ~ ", 10000) + "1 }}", "{{ " + strings.Repeat("x or ", 10000) + "1 }}", "{{ " + strings.Repeat("0 < ", 10000) + "1 }}",
		"{% if 0 %}" + strings.Repeat("{% elif 0 %}", 4000) + "{% endif %}", strings.Repeat("{% if 1 %}", 60) + strings.Repeat("{% endif %}", 60), "{{ " + strings.Repeat("(", 60) + "1" + strings.Repeat(")", 60) + " }}",
		"{{ [" + strings.Repeat("1,", 30000) + "] | length }}", "{{ 'a' * 4194304 }}", strings.Repeat("{{ x }}", 9000), strings.Repeat("{% set x = 1 %}", 4000), strings.Repeat("{% raw %}", 7000) + "{% endraw %}",
	} {
		_, err := render(source, Data{})
		require.NoError(t, err, source[:min(20, len(source))])
	}
}

func seeds(f *testing.F) {
	var g struct{ Cases [][2]*string }
	read(f, filepath.Join(golden, "cases.json"), &g)
	for _, c := range g.Cases {
		f.Add(*c[0])
	}
	files, err := filepath.Glob(filepath.Join(golden, "chat", "*.jinja"))
	require.NoError(f, err)
	for _, path := range files {
		b, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(string(b))
	}
	for _, source := range hostile() {
		f.Add(source)
	}
}

// With a twentieth of the steps the fuzzer is quick, and a step that costs too much stands out.
func FuzzTemplate(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, source string) {
		bounded.Run(t, 256<<20, 1024, int64(len(source)), func() {
			tmpl, err := Parse(source)
			if err != nil {
				return
			}
			d := Data{Messages: []Message{{Role: "system", Content: "s"}, {Role: "user", Content: "é {{"}}, BOS: "<s>", Now: theMoment, Extra: map[string]Value{"d": Dict(Field{"a", List(Int(1), Float(2.5), None())})}}
			s, err := tmpl.render(d, MaxSteps/20)
			if err == nil && len(s) > MaxOutput {
				t.Errorf("an output of %d bytes", len(s))
			}
			if err != nil && !strings.HasPrefix(err.Error(), "template: line ") {
				t.Errorf("an error without a line: %v", err)
			}
		})
	})
}
