"""Small templates, one construct each. Each is rendered over DATA; gen.py records what jinja2 makes of it."""

DATA = {
    "s": "Hello World", "empty": "", "spaced": "  a b \n", "uni": "Grüße, 漢字 😀!", "quote": "it's \"x\" \\ \n\t", "lines": "one\ntwo\n\n three",
    "i": 7, "neg": -7, "zero": 0, "f": 2.5, "whole": 3.0, "tiny": 1e-7, "huge": 1e20, "yes": True, "no": False, "nil": None,
    "list": [3, 1, 2], "words": ["b", "A", "c", "a"], "mixed": [1, "a", None, True, 2.0, [1], {"k": 1}], "nothing": [], "nested": [[1, 2], [3, 4]],
    "d": {"b": 1, "a": "x", "c": [1, 2], "items": "mine", "get": 5, "two words": 2}, "nodict": {}, "deep": {"a": {"b": {"c": [10, {"d": "found"}]}}},
    "people": [{"name": "Ann", "age": 30, "tags": ["x"]}, {"name": "bob", "age": 25}, {"name": "Cy", "age": 30, "tags": []}],
    "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": " U "}, {"role": "assistant", "content": "A"}],
    "tools": None, "tool": {"type": "function", "function": {"name": "f", "parameters": {"x": {"type": "int"}, "é": [1.5, True, None, "<&>'\"\u0007\u007f\u2028😀"]}}},
    "add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>",
}

# Expressions: each stands in {{ }}.
EXPR = r"""
1
0
1_000
0x1F
0b101
0o17
1.5
1e3
1.5e-7
2_0.5
1e16
123456789012345678
1e15
100000000000000000000.0
0.0001
0.00001
-0.0
'a'
"a"
'a' 'b' "c"
'\n\t\\\'\"'
"\x41\u00e9\U0001F600\101\q\a"
'a\
b'
true
True
false
none
None
undef
undef2 | default('z')
s
i
neg
f
whole
tiny
huge
yes
nil
list
words
mixed
nothing
nested
d
deep
quote
[quote]
[uni, 'a\u0301', '\x7f\x9f\u200b\ud7ff\ue000\U000e0001']
(1,)
(1, 2)
()
1, 2
1,
[]
[1, 2,]
{}
{'a': 1, 'b': [1]}
{'a': 1, 'a': 2}
{1: 'a', true: 'b', 1.0: 'c', none: 'd'}
{'a': 1,}
{'a': {'b': {}}}
1 + 2 * 3
(1 + 2) * 3
7 / 2
8 / 2
7 // 2
neg // 2
neg % 3
7 % -3
neg % -3
7.5 // 2
-7.5 // 2
-7.5 % 2
7.5 % -2
0.0 % -2
-0.0 % 3
0.0 // -2
-7.5 // -2.5
1e16 // 0.1
0.7 // 0.1
-1e-20 // 1
-1e-20 % 1
1e300 // 1e-9
2 ** 10
2 ** -1
2 ** 3 ** 2
-2 ** 2
2 ** 0.5
0.1 + 0.2
1 + 1.0
true + true
-i
+i
--i
- i * 2
-f
10 - 3 - 2
100 / 10 / 5
2 * 'ab'
'ab' * 3
'ab' * -1
[1] * 2
'a' + 'b'
'a' ~ 1 ~ none ~ undef ~ 2.0
1 ~ 2 + 3
'a' ~ 'b' + 'c'
1 + 2 ~ 3
2 * 3 ~ 4
[1] + [2]
(1,) + (2,)
'a' + 1
1 + 'a'
[1] + (2,)
1 + undef
undef + 'a'
1 / 0
1 // 0
1 % 0
1.0 / 0
none + 1
{} + {}
1 == 1.0
1 == true
'1' == 1
'a' == 'a'
[1, 2] == [1, 2.0]
[1] == (1,)
{'a': 1} == {'a': 1.0}
{'a': 1, 'b': 2} == {'b': 2, 'a': 1}
none == none
undef == undef2
undef == none
undef != 'a'
1 != 2
1 < 2 < 3
1 < 3 < 2
3 > 2 >= 2
1 < 2 == true
'a' < 'b'
'Z' < 'a'
'é' > 'z'
'ab' < 'abc'
[1, 2] < [1, 3]
[1] < [1, 2]
(1, 'a') >= (1, 'a')
1 < 'a'
undef < 1
none < 1
{} < {}
1 <= 1.5
true < 2
'a' in 'abc'
'' in 'abc'
'd' not in 'abc'
1 in [1, 2]
1.0 in list
'x' in d.values()
'b' in d
'z' in d
1 in d
1 in 'abc'
undef in 'abc'
undef in list
1 in undef
1 in none
1 in 5
[1] in nested
not 'a' in 'abc'
'a' in words and 'b' in words
not true
not not true
not 1 == 2
true and false
true or undef.x
false and undef.x
0 or '' or 'x' or 'y'
1 and 'a' and []
1 and 2 or 3
nil or 'default'
1 if yes else 2
1 if no else 2
1 if no
'a' + ('b' if yes else 'c') + 'd'
'a' + 'b' if yes else 'c' + 'd'
1 if no else 2 if no else 3
(1 if yes) ~ (1 if no)
s if s is defined and s else 'none'
list[0]
list[-1]
list[5]
list[-4]
list[true]
list['0']
list[1.0]
s[0]
s[-1]
s[100]
uni[2]
uni[7]
uni[-2]
s[1:3]
s[:-1]
s[-3:]
s[::-1]
s[::2]
s[8:2:-2]
s[100:]
s[:100]
s[5:2]
uni[2:5]
uni[::-1]
list[1:]
list[:-1]
list[::-1]
list[::2]
list[-100:100]
list[2:0:-1]
list[10:0:-1]
list[:]
list[::0]
list[none:2]
list['a':]
list[1:][0]
(1, 2, 3)[1:]
messages[1:]
messages[:1] + messages[-1:]
nil[1:]
undef[1:]
d[1:]
5[1]
d['b']
d.b
d.a
d['a']
d.items
d['items']
d.items()
d.get
d['get']
d['two words']
d.missing
d['missing']
d.missing.more
d['missing']['more']
d.c[0]
d.c.0
d.c.1 + 1
nested.1.0
deep.a.b.c[1].d
deep['a']['b'].c[0]
deep.a['b']['c'][1]['d']
none.x
nil.x
nil['x']
nil.x.y
s.x
s['upper']()
s.content is defined
i.x
undef.x
undef['x']
undef()
undef.x()
d.missing()
s()
d.get('b')
d.get('z')
d.get('z', 'dflt')
d.get('z', none)
d.get(1)
d.get()
d.get([])
d.keys()
d.values()
d.keys() | list
d.values() | list
d.items() | list
d.items() | length
d.items()[0]
d.keys() | first
nodict.items()
d.copy() == d
d.pop('b')
d.update({'x': 1})
list.append(1)
list.index(1)
list.index(9)
list.count(1)
s.upper()
s.lower()
s.title()
"they're bill's o'neil x1y ÉCOLE".title()
s.capitalize()
'ÉCOLE straße'.capitalize()
'straße'.upper()
'ΑΣ ΣΑΣ'.lower()
spaced.strip()
spaced.lstrip()
spaced.rstrip()
'xxaxx'.strip('x')
'xyaxy'.lstrip('yx')
'xyaxy'.rstrip('xy')
'a\n\n'.rstrip('\n')
spaced.strip(none)
'\x1c\x1d\x85\xa0\u3000a\u2003'.strip()
s.split()
s.split(' ')
s.split('o')
s.split('o', 1)
s.split('')
s.split('zz')
''.split()
''.split(',')
'a,b,,c,'.split(',')
'a,b,,c,'.split(',', 2)
'a,b,,c,'.split(',', -1)
'a,b,c'.split(',', maxsplit=1)
'a,b,c'.rsplit(',', 1)
' a  b c '.split()
' a  b c '.split(none, 1)
' a  b  c '.split(maxsplit=1)
'<think>x</think>y'.split('</think>')[-1].lstrip('\n')
'<think>x</think>y'.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n')
s.startswith('He')
s.startswith('x')
s.startswith(('x', 'H'))
s.startswith('')
s.startswith(1)
s.endswith('ld')
s.endswith(('a', 'd'))
s.replace('l', 'L')
s.replace('l', 'L', 1)
s.replace('', '-')
s.replace('', '-', 2)
s.replace('zz', 'y')
s.replace('l', '')
s.replace('l', 1)
s.find('o')
uni.find('字')
s.find('zz')
s.rfind('o')
s.count('l')
'12'.isdigit()
'1a'.isdigit()
''.isdigit()
'ab'.isalpha()
'a1'.isalnum()
' '.isspace()
'ab'.islower()
'aB'.islower()
'AB'.isupper()
'1'.isupper()
'a\nb\r\nc\x0bd\u2028e'.splitlines()
'a\nb\n'.splitlines(true)
', '.join(words)
''.join([])
','.join([1])
','.join(words | map('upper'))
'prefix-x'.removeprefix('prefix-')
'x.py'.removesuffix('.py')
s.nosuch()
s.nosuch
'abc'.upper().lower().strip('a')
s | upper
s | lower
s | title
"they're bill's [x (y {z <w -v a\tb" | title
s | capitalize
'ÉCOLE' | capitalize
i | capitalize
none | upper
undef | upper
spaced | trim
'xax' | trim('x')
i | trim
undef | trim
s | length
uni | length
list | length
d | length
undef | length
i | length
nil | length
s | count
words | join
words | join(', ')
mixed | join('|')
people | join(',', attribute='name')
'abc' | join('-')
d | join(',')
undef | join(',')
nil | join
[1, [2]] | join
words | map('upper') | list
words | map('upper') | join(',')
words | map('upper') | length
words | map('replace', 'a', 'z') | list
words | map('default', 'x') | list
people | map(attribute='name') | list
people | map(attribute='tags') | list
people | map(attribute='tags', default='none') | list
people | map(attribute='tags.0') | list
people | map(attribute='zz.y') | list
nested | map(attribute=1) | list
nested | map('first') | list
nested | map('length') | sum
words | map('nosuch') | list
nil | map('upper') | list
zero | select('odd') | list
nil | selectattr('x', 'equalto', 1) | list | length > 0
undef | rejectattr('x') | list
5 | select | list
nothing | map('nosuch') | list
people | selectattr('age', 'equalto', 30) | map(attribute='name') | list
people | selectattr('age', '==', 25) | list | length
people | selectattr('tags') | map(attribute='name') | list
people | selectattr('tags', 'defined') | map(attribute='name') | list
people | rejectattr('tags', 'defined') | map(attribute='name') | list
people | rejectattr('tags') | map(attribute='name') | list
people | selectattr('age', 'gt', 26) | map(attribute='name') | join
people | selectattr('name', 'in', ['Ann', 'Cy']) | list | length
people | selectattr('a.b') | list
people | selectattr('age', 'nosuch') | list
people | selectattr | list
list | select('odd') | list
list | select('>', 1) | list
list | reject('odd') | list
[0, 1, '', 'a', none] | select | list
[0, 1, '', 'a', none] | reject | list
mixed | select('string') | list
mixed | reject('none') | list | length
words | select('equalto', 'a') | first
messages | selectattr('role', 'equalto', 'system') | list
messages | selectattr('role', 'ne', 'system') | map(attribute='content') | list
(messages | selectattr('role', 'equalto', 'user') | list)[-1].content
messages | selectattr('role', 'equalto', 'tool') | list | length > 0
messages | selectattr('role', 'equalto', 'tool') | first
'abc' | list
d | list
undef | list
i | list
(1, 2) | list
range(3) | list
tool | tojson
tool | tojson(indent=2)
tool | tojson(indent=4)
tool | tojson(indent=0)
tool | tojson(indent='\t')
tool | tojson(ensure_ascii=true)
tool | tojson(separators=(',', ':'))
tool | tojson(sort_keys=true)
d | tojson(sort_keys=true, indent=2)
mixed | tojson
nothing | tojson(indent=2)
nodict | tojson(indent=2)
[[], {}, [[]]] | tojson(indent=1)
s | tojson
quote | tojson
uni | tojson
uni | tojson(ensure_ascii=true)
'<script>&\'"' | tojson
nil | tojson
yes | tojson
f | tojson
huge | tojson
whole | tojson
1e16 | tojson
undef | tojson
{1: 2, none: 3, true: 4, 1.5: 5} | tojson
(1, 2) | tojson
range(2) | tojson
words | map('upper') | tojson
undef | default
undef | default('x')
undef | default(none)
nil | default('x')
nil | default('x', true)
'' | default('x', true)
0 | default('x', boolean=true)
0 | default(default_value='x', boolean=true)
no | default('x')
d.missing | default('x')
undef | d('x')
undef.x | default('x')
d | items | list
undef | items | list
list | items | list
d | dictsort
{'b': 1, 'A': 2, 'a': 3} | dictsort
{'b': 1, 'A': 2, 'a': 3} | dictsort(true)
{'b': 1, 'A': 2, 'a': 3} | dictsort(by='value', reverse=true)
{'b': 1, 2: 2} | dictsort
list | first
nothing | first
undef | first
'abc' | first
d | first
nil | first
list | last
nothing | last
'abc' | last
words | map('upper') | last
d | last
i | string
nil | string
list | string
undef | string
true | string + 'x'
'12' | int
' 12 ' | int
'-3' | int
'1.9' | int
'abc' | int
'abc' | int(5)
'abc' | int(default=none)
2.9 | int
-2.9 | int
nil | int
undef | int
true | int
list | int
'1.5' | float
'x' | float
'x' | float(2.0)
'1e3' | float
'inf' | float
i | float
'a-b-a' | replace('a', 'c')
'a-b-a' | replace('a', 'c', 1)
i | replace('7', 8)
undef | replace('a', 'b')
lines | indent
lines | indent(2)
lines | indent(2, true)
lines | indent(width=2, first=true, blank=true)
lines | indent('> ')
'' | indent
'a\n' | indent
i | indent
2.5 | round
3.5 | round
2.675 | round(2)
2.4 | round(method='ceil')
2.45 | round(1, 'floor')
i | round
neg | abs
-2.5 | abs
'a' | abs
list | sum
[1.5, 2] | sum
people | sum(attribute='age')
list | sum(start=10)
nothing | sum
words | sum
list | max
list | min
words | max
words | min
words | min(case_sensitive=true)
people | max(attribute='age')
nothing | max
list | sort
words | sort
words | sort(case_sensitive=true)
words | sort(reverse=true)
people | sort(attribute='age') | map(attribute='name') | list
people | sort(attribute='name', reverse=true) | map(attribute='name') | list
[1, 'a'] | sort
words | unique | list
[1, 1.0, true, 2] | unique | list
people | map(attribute='age') | unique | list
list | reverse | list
'abc' | reverse
list | reverse
'<b>' | safe
['<b>' | safe, 'a' | upper | safe | lower]
{'a': '<b>' | safe}
('<b>' | safe) + '<c>'
'<a>' + ('<b>' | safe)
'<a>' ~ ('<b>' | safe) ~ '<c>'
('<b>' | safe) | upper
s | nosuch
s | upper(1)
s | default(1, 2, 3)
s | default(nosuch=1)
s | upper | lower | title
-1 | abs
- 1 | string + 'x'
1 + 2 | string
s is defined
undef is defined
undef is undefined
d.missing is defined
d.b is defined
s is not defined
not s is defined
undef is none
nil is none
nil is not none
s is string
i is string
i is number
f is number
yes is number
s is number
i is integer
yes is integer
f is integer
f is float
yes is boolean
i is boolean
d is mapping
list is mapping
list is sequence
s is sequence
d is sequence
i is sequence
undef is sequence
list is iterable
s is iterable
d is iterable
i is iterable
nil is iterable
undef is iterable
range(2) is iterable
range(2) is sequence
words | map('upper') is iterable
yes is true
i is true
no is false
zero is false
1 is odd
2 is odd
neg is odd
2 is even
'a' is odd
9 is divisibleby 3
9 is divisibleby(2)
9 is divisibleby 0
1 is eq 1
1 is equalto 1.0
1 is == 1
1 is ne 2
1 is lt 2
1 is le 1
1 is gt 2
1 is ge 1
1 is greaterthan 0
1 is lessthan 0
'a' is in 'abc'
'a' is in ['a']
'a' is not in ['b']
none is sameas none
true is sameas true
'abc' is lower
'Abc' is lower
'ABC' is upper
range is callable
s is callable
undef is callable
nothing | first is callable
s is nosuch
s is string and i is number
s is string or undef is defined
(s is string) == true
s is defined is true
s is string == true
list | length is eq 3
1 is eq(1) and 2 is eq(2)
range(3)
range(5) | list
range(2, 5) | list
range(5, 2, -2) | list
range(0) | list
range(3)[1]
range(3)[-1]
range(3) | length
range(1.5)
range(0, 3, 0)
range(100001) | length
dict(a=1, b=2)
dict({'x': 1}, y=2)
namespace(a=1).a
namespace(a=1)['a']
namespace({'a': 1}).a
namespace(a=1).b
namespace(_a=1)
namespace(a=1).b is defined
raise_exception('no')
strftime_now('%Y-%m-%d %H:%M:%S')
strftime_now('%d %b %Y')
strftime_now('%A, %B %d, %Y %I %p %j %y %a %%')
messages[0]['role']
messages[0].role == 'system'
messages | length
messages[-1]['content'] | trim
messages | map(attribute='role') | join(' ')
bos_token + messages[0].content + eos_token
(messages[1].content | trim) + '!'
messages[1]['content'] | trim + '!'
'a' + 'b' | upper
('a' + 'b') | upper
'a' ~ 'b' | upper
not s | length
s | length > 3 and list | length == 3
s.split(' ') | map('length') | list
[i, s] | map('string') | map('upper') | join('+')
{'a': [1, 2]}.a[1]
[1, 2, 3][1]
'abc'[1]
"a" in ["a", "b"] and "x" or "y"
(1, 2) == (1, 2)
((1, 2), 3)
[(1, 2), [3, (4,)]]
[1, 2] is sequence and [1, 2] is not string
a.b.c
loop
loop.index
1 2
1 +
+
(1
[1
{1
{'a' 1}
a b
'a
1..2
.5
01
1__0
a.
a.[0]
a[]
a | 
a |
a is
a is not
f(1 2)
f(a=1, 2)
f(a=1, a=2)
f(*list)
f(**d)
if
not
for
a = 1
a := 1
a ? b : c
a && b
!a
$
@
`a`
a;b
list[1:2:3:4]
lambda x: x
9223372036854775807
9223372036854775807 - 1
-9223372036854775807 - 1
4611686018427387904 + 4611686018427387903
3037000499 * 3037000499
1.7976931348623157e308
1e309
5e-324
0.1
1/3
2/3
100.0
1e22
123456.789
1e5
""" + "\n"

# Whole templates: statements and white space.
TEMPLATES = [
    "", "x", "x\n", "x\n\n", "\n", "\r\nx\r\n", "a\rb", "{", "}", "{ {", "}}", "%}", "#}", "{}", "{{ '{{' }}", "{{ '}}' }}", "{{ '%}' }}", "{% if '%}' %}x{% endif %}", "a{{}}b", "{{", "{%", "{{ x", "{% if x", "{# x",
    # comments
    "a{# c #}b", "a {#- c -#} b", "a{# {{ x }} {% if %} #}b", "a\n{# c #}\nb", "a\n  {# c #}\nb", "a\n  {#- c #}\nb", "a\n  {#+ c +#}\nb", "a {# c -#}\n\n b", "{##}", "{#-#}", "{#--#}x", "{# a\nb #}\n\nx", "{#- #}", "a {#--#} b", "a{# #} {# #}b",
    # the end of lines
    "{% if yes %}\nx\n{% endif %}\ny\n", "a\n  {% if yes %}\n  x\n  {% endif %}\nb", "a\n\t {% if yes %} \n x{% endif %}", "a  {% if yes %}  x  {% endif %}  b", "  {% if yes %}x{% endif %}", "  {%+ if yes %}x{% endif %}", "a\n  {%+ if yes +%}\nx{% endif %}", "{% if yes -%}\n\n x \n{%- endif %}\n\ny", "{% if yes -%} {%- endif %}", "a \n {%- if yes -%} \n x \n {%- endif -%} \n b",
    "{{ s }}\nx", "{{ s -}}\n\n x", "a \n {{- s }}", "a \n  {{ s }}", "  {{ s }}\n  {{ s }}\n", "  {{+ s }}", "{{ s }}\n{% if yes %}\n{{ s }}\n{% endif %}\n", "{{- s -}}", " {{- s -}} ", "{{-s-}}", "{{ -i }}", "{{--i}}", "{{ i -}} {{- i }}", "{{ i - 1 }}",
    "{% if yes %}{% endif %}\n\nx", "{% if yes %}\n\nx{% endif %}", "{%if yes%}x{%endif%}", "{%-if yes-%} x {%-endif-%}", "{% if yes %}\r\nx\r\n{% endif %}\r\ny", "a\n \u00a0{% if yes %}x{% endif %}", "a\n\x1c{% if yes %}x{% endif %}", "a{% if yes %}\n  {% if yes %}\n    b\n  {% endif %}\n{% endif %}\nc", "{% for x in list %}\n{{ x }}\n{% endfor %}\n", "{% for x in list -%}\n  {{ x }},\n{%- endfor %}", "  {%- for x in list %}\n  {{ x }}\n  {%- endfor %}\n", "{% set a = 1 %}\n{% set b = 2 %}\n{{ a }}{{ b }}\n", "  {% set a = 1 %}  {% set b = 2 %}\nx", "x {% set a = 1 %}\ny", "{% if yes %}   {# c #}   {% endif %}|", "\n\n{% if yes %}\n\n{% endif %}\n\n",
    # raw
    "{% raw %}{{ x }}{% if %}{% endraw %}", "{%- raw -%} {{ x }} {%- endraw -%} b", "a\n  {% raw %}\n x {% endraw %}\nb", "a {% raw -%}  x  {%- endraw %} b", "{% raw %}\nx\n  {% endraw %}\ny", "{% raw %}x", "{% raw %}{% endraw", "{% raw %}{% raw %}{% endraw %}", "{%raw%}x{%endraw%}", "{%+ raw %}x{%+ endraw +%}\n", "{% raw x %}{% endraw %}", "{% endraw %}",
    # if
    "{% if yes %}a{% else %}b{% endif %}", "{% if no %}a{% elif yes %}b{% else %}c{% endif %}", "{% if no %}a{% elif no %}b{% elif no %}c{% else %}d{% endif %}", "{% if no %}a{% endif %}", "{% if undef %}a{% else %}b{% endif %}", "{% if not undef %}a{% endif %}", "{% if undef.x %}a{% endif %}", "{% if [] %}a{% elif '' %}b{% elif {} %}c{% elif 0.0 %}d{% elif none %}e{% elif [0] %}f{% endif %}", "{% if 1, 2 %}x{% endif %}", "{% if yes %}{% if no %}a{% else %}b{% endif %}{% endif %}", "{% if yes %}", "{% if yes %}a{% else %}b{% else %}c{% endif %}", "{% if yes %}a{% else %}b{% elif no %}c{% endif %}", "{% endif %}", "{% else %}", "{% if %}x{% endif %}", "{% if yes %}x{% endif yes %}", "{% if yes %}x{% endfor %}", "{% if words | map('upper') %}x{% endif %}", "{% if a if yes else b %}x{% endif %}",
    # for
    "{% for x in list %}{{ x }}{% endfor %}", "{% for x in list %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }} {% endfor %}", "{% for x in list %}[{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }}]{% endfor %}", "{% for x in list %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }}{% endfor %}", "{% for x in nothing %}a{% else %}b{% endfor %}", "{% for x in list %}a{% else %}b{% endfor %}", "{% for x in undef %}a{% else %}b{% endfor %}", "{% for x in none %}a{% endfor %}", "{% for x in 5 %}a{% endfor %}", "{% for c in 'añ漢' %}<{{ c }}>{% endfor %}", "{% for k in d %}{{ k }},{% endfor %}", "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k, v in d | items %}{{ k }}={{ v }};{% endfor %}", "{% for (k, v) in d.items() %}{{ k }};{% endfor %}", "{% for a, b in nested %}{{ a }}-{{ b }} {% endfor %}", "{% for a, b in list %}x{% endfor %}", "{% for a, b, c in nested %}x{% endfor %}", "{% for a, (b, c) in [[1, [2, 3]]] %}{{ a }}{{ b }}{{ c }}{% endfor %}", "{% for x in list if x > 1 %}{{ x }}{{ loop.index }}/{{ loop.length }} {% endfor %}", "{% for x in list if x > 9 %}a{% else %}none{% endfor %}", "{% for x in 1, 2, 3 %}{{ x }}{% endfor %}", "{% for x in [1, 2] + [3] %}{{ x }}{% endfor %}", "{% for x in range(3) %}{{ x }}{% endfor %}", "{% for x in list | sort %}{{ x }}{% endfor %}", "{% for x in list %}{% for y in words %}{{ loop.index }}{% endfor %}{{ loop.index }};{% endfor %}", "{% for x in list %}{% for y in [1] %}{{ x }}{{ y }}{% endfor %}{% endfor %}", "{% for x in list %}{{ loop.depth }}{{ loop.depth0 }}{% endfor %}", "{% for x in list %}{{ loop.nosuch }}{% endfor %}", "{% for x in list %}{{ loop.nosuch.x }}{% endfor %}", "{% for x in words | map('upper') %}{{ x }}{{ loop.last }}{% endfor %}", "{% set g = words | map('upper') %}{% for x in g %}{{ x }}{% endfor %}{% for x in g %}{{ x }}{% else %}gone{% endfor %}", "{% for m in messages if m.role != 'system' %}{{ m.content }}{% endfor %}", "{% for x in list if loop.index %}x{% endfor %}", "{% for m in messages[1:] %}{{ m.role }}{{ loop.index0 % 2 == 0 }}{% endfor %}", "{% for x in list %}", "{% for x list %}{% endfor %}", "{% for in list %}{% endfor %}", "{% for 1 in list %}{% endfor %}", "{% for x in list %}{% endif %}", "{% for x in (1 if yes else 2), %}{{ x }}{% endfor %}", "{% for x in list if x is odd and x > 1 %}{{ x }}{% endfor %}", "{% for true in list %}{% endfor %}",
    # break and continue
    "{% for x in list %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}", "{% for x in list %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}", "{% for x in list %}{% for y in list %}{% if y == 1 %}{% break %}{% endif %}{{ y }}{% endfor %}{{ x }}{% endfor %}", "{% for x in list %}{% break %}{% else %}e{% endfor %}|", "{% break %}", "{% for x in list %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}", "{% for x in list %}{{ x }}{% continue %}y{% endfor %}z",
    # set and scopes
    "{% set x = 1 %}{{ x }}", "{% set x = 1 %}{% set x = x + 1 %}{{ x }}", "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set a, b = list %}", "{% set (a, b) = nested[0] %}{{ a }}{{ b }}", "{% set x = 1, 2 %}{{ x }}", "{% set x = 1 if no else 2 %}{{ x }}", "{% set x %}a{{ s }}b{% endset %}{{ x }}|{{ x | length }}", "{% set x | upper %}abc{% endset %}{{ x }}", "{% set x | trim | replace('a', 'b') %} aa {% endset %}[{{ x }}]", "{% set x %}{% set y = 1 %}{{ y }}{% endset %}{{ x }}{{ y }}", "{% set x = 1 %}{% for i in list %}{% set x = x + 1 %}{{ x }}{% endfor %}{{ x }}", "{% for i in list %}{{ x }}{% set x = i %}{{ x }}{% endfor %}{{ x }}", "{% set x = 1 %}{% if yes %}{% set x = 2 %}{% endif %}{{ x }}", "{% if yes %}{% set x = 2 %}{% endif %}{{ x }}", "{% if no %}{% set s = 2 %}{% endif %}{{ s }}", "{% for q in [1] %}{% if no %}{% set s = 2 %}{% endif %}{{ s }}{% endfor %}", "{% for q in [1] %}[{{ s }}]{% endfor %}{% set s = 5 %}", "{% for q in [1, 2] %}{% for w in [1] %}[{{ s }}]{% endfor %}{% set s = q %}{% endfor %}{{ s }}", "{% for q in [1, 2] %}{% if q %}{% set s = q %}{% endif %}{{ s }}{% endfor %}{{ s }}", "{% for q in [1, 2] %}{% set s = s ~ q %}{{ s }}{% endfor %}{{ s }}", "{% for q in [1] %}{% for w in [1] %}{{ s }}{% endfor %}{% if no %}{% set s = 1 %}{% endif %}{% endfor %}", "{% if no %}{% set s = 1 %}{% endif %}{% for q in [1] %}{{ s }}{% set s = 2 %}{% endfor %}{{ s }}", "{% for s in list %}{{ s }}{% endfor %}{{ s }}", "{% set ns = namespace(x=1) %}{% for i in list %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}", "{% set ns = namespace() %}{% set ns.a = 1 %}{% set ns.b = ns.a %}{{ ns.a }}{{ ns.b }}{{ ns.c }}", "{% set ns = namespace(a=1, b=2) %}{% set ns.a, ns.b = ns.b, ns.a %}{{ ns.a }}{{ ns.b }}", "{% set ns = namespace(a=1) %}{% set ns.a %}x{% endset %}{{ ns.a }}", "{% set d.x = 1 %}", "{% set undef.x = 1 %}", "{% set ns = namespace() %}{% set ns._x = 1 %}", "{% set ns = namespace(items=1) %}{{ ns.items }}", "{% set ns = namespace(found=false) %}{% for m in messages %}{% if m.role == 'user' %}{% set ns.found = true %}{% endif %}{% endfor %}{{ ns.found }}", "{% set true = 1 %}", "{% set 1 = 1 %}", "{% set x %}", "{% set x = %}", "{% set x 1 %}", "{% set x[0] = 1 %}", "{% set x = 1; %}", "{% set messages = messages[1:] %}{{ messages | length }}", "{% if messages[0].role == 'system' %}{% set loop_messages = messages[1:] %}{% set system = messages[0].content %}{% else %}{% set loop_messages = messages %}{% set system = false %}{% endif %}{% for m in loop_messages %}{{ m.role }}{{ system }}{% endfor %}", "{% set x = [] %}{% set x = x + [1] %}{{ x }}", "{% set a = 1 %}{% set b = a %}{% set a = 2 %}{{ b }}", "{% set loop = 1 %}{% for x in [1] %}{{ loop.index }}{% endfor %}{{ loop }}", "{% set range = 5 %}{{ range }}",
    # macros
    "{% macro m() %}x{% endmacro %}{{ m() }}", "{% macro m(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }};{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(1, c=4) }}{{ m(a=5) }}{{ m() }}", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}", "{% macro m(a) %}{{ a.x }}{% endmacro %}{{ m() }}", "{% macro m(n) %}{{ n }}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(3) }}", "{% set x = 1 %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% set x = 2 %}{{ m() }}", "{% macro m() %}{{ s }}{% endmacro %}{{ m() }}{% set s = 2 %}{{ m() }}", "{% macro m() %}{% set y = 1 %}{{ y }}{% endmacro %}{{ m() }}{{ y }}", "{{ m() }}{% macro m() %}x{% endmacro %}", "{% for i in list %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}", "{% for i in [1] %}{{ loop is callable }}{% endfor %}", "{% for i in list %}{{ loop.index }}{% macro m() %}{{ loop }}{% endmacro %}{% endfor %}", "{% macro a() %}A{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}", "{% macro m(x) %}\n  {{- x }}\n{% endmacro %}\n[{{ m(1) }}]", "{% macro m(x) -%}\n  {{ x }}\n{%- endmacro %}\n[{{ m(1) }}]", "{% macro m(a=1, b) %}{% endmacro %}", "{% macro m(a %}{% endmacro %}", "{% macro m %}{% endmacro %}", "{% macro m() %}", "{% macro m() %}x{% endmacro m %}", "{% macro m(a=undef) %}[{{ a }}]{% endmacro %}{{ m() }}", "{% macro m(a=[]) %}{{ a | length }}{% endmacro %}{{ m() }}{{ m([1]) }}", "{% macro m() %}x{% endmacro %}{{ m() | upper }}{{ m() ~ 'y' }}{{ m() + 'z' }}{{ [m()] }}", "{% macro m() %}x{% endmacro %}{{ m is defined }}{{ m is callable }}{{ n is defined }}", "{% if yes %}{% macro m() %}x{% endmacro %}{% endif %}{{ m() }}", "{% macro m(x) %}{% for k, v in x.items() %}{{ k }}:{% if v is mapping %}({{ m(v) }}){% else %}{{ v }}{% endif %},{% endfor %}{% endmacro %}{{ m(deep) }}",
    # filter blocks and generation
    "{% filter upper %}a{{ s }}{% endfilter %}", "{% filter trim | upper %} a {% endfilter %}", "{% filter replace('a', 'b') %}aa{% endfilter %}", "{% filter nosuch %}{% endfilter %}", "{% generation %}a{{ s }}{% endgeneration %}", "{% generation %}\na\n{% endgeneration %}\nb", "{%- generation -%} a {%- endgeneration -%} b", "{% set x = 1 %}{% generation %}{% set x = 2 %}{{ x }}{% endgeneration %}{{ x }}", "{% for x in list %}{% generation %}{{ loop.index }}{{ x }}{% endgeneration %}{% endfor %}", "{% for x in list %}{% generation %}{% break %}{% endgeneration %}{% endfor %}", "{% generation %}",
    # outside
    "{% nosuch %}", "{% include 'x' %}", "{% import 'x' as y %}", "{% extends 'x' %}", "{% do list.append(1) %}", "{% %}", "{% 1 %}", "{% 'if' %}", "{{ s }", "{{ s }}}", "{{ {'a': 1} }}", "{{ {'a': {'b': 1}} }}", "{{ {'a': {'b': 1}}}}", "{{ [1}} ]", "{{ ] }}", "{{ (1] }}", "{% if (yes %}x{% endif %}", "{{ s %}", "{% if yes }}x{% endif %}",
    "{% if messages[0]['role'] == 'user' %}{{ raise_exception('Only user') }}{% endif %}ok", "{{ raise_exception() }}", "{{ none.x is defined }}{{ d.x.y is defined }}",
]


# What jinja2 would render, and we refuse by name.
REFUSED = [
    "{{ d[1,2] }}", "{{ s.__class__ }}", "{% for x in list recursive %}{{ loop([]) }}{% endfor %}", "{{ '%s' % s }}", "{{ s.zfill(20) }}", "{{ s.format(1) }}", "{{ list | batch(2) }}", "{{ s is filter }}", "{{ f(*list) }}", "{{ f(**d) }}", "{{ '\\N{DASH}' }}",
    "{% with x = 1 %}{% endwith %}", "{% call s() %}{% endcall %}", "{% include 'x' %}", "{% import 'x' as y %}", "{% from 'x' import y %}", "{% extends 'x' %}", "{% block x %}{% endblock %}", "{% autoescape true %}{% endautoescape %}", "{% for x in list %}{{ loop.cycle('a', 'b') }}{% endfor %}", "{{ strftime_now('%U') }}", "{{ list.append(1) }}", "{{ d.update({}) }}",
]


def cases():
    out = []
    lines = EXPR.split("\n")
    i = 0
    while i < len(lines):
        line = lines[i]
        if line.endswith("\\") and not line.endswith("\\\\"):  # a string over two lines
            i += 1
            line += "\n" + lines[i]
        i += 1
        if line.strip():
            out.append("{{ " + line + " }}")
    return out + TEMPLATES
