"""Writes cases.json: what Jinja2, set up as transformers sets it up, makes of the templates below.

Run with an interpreter that has transformers and jinja2: python make_cases.py
An expected value of null means that Jinja2 refuses the template.
"""

import datetime
import json
import pathlib

import transformers.utils.chat_template_utils as utils

NOW = datetime.datetime(2026, 11, 2, 9, 4, 5)


class FixedClock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


utils.datetime = FixedClock

VARIABLES = {
    "n": 3,
    "f": 2.5,
    "yes": True,
    "nothing": None,
    "word": "straße Ǆ é",
    "text": "  The quick <b>brown</b> fox & 'friends'\n\n jump \"over\"\tit  ",
    "lines": "one\ntwo\r\nthree\n\nfive\n",
    "smile": "a\U0001f600b\U0001f468\u200d\U0001f469c",
    "numbers": [3, 1, 2, 10, 2],
    "names": ["bob", "Alice", "carol", "alice", "Bob"],
    "empty": [],
    "record": {"b": 1, "a": {"x": [1, 2.0, None, True, "é\n\"'"]}, "items": "shadowed", "C": "see"},
    "people": [
        {"name": "Ann", "age": 31, "tags": ["x"], "active": True},
        {"name": "bea", "age": 7, "tags": []},
        {"name": "Cid", "age": 31, "address": {"city": "Oslo"}},
    ],
    "braces": "{{ 7*7 }} {% raw %} {# no #} %s {0} <|im_end|>",
    "big": 123456789012345678901234567890,
}

EXPRESSIONS = r"""
1 + 2 * 3 - 4 / 2
7 // 2 ~ -7 // 2 ~ 7 // -2
-7 % 3 ~ ' ' ~ 7 % -3 ~ ' ' ~ -7.5 % 2 ~ ' ' ~ 7.5 % -2
7.5 // 2
2 ** 3 ** 2
-2 ** 2
2 ** -1
2 ** 100
big * big + 1
1 / 3
10 / 2
1e3 ~ ' ' ~ 1e16 ~ ' ' ~ 1.5e-7 ~ ' ' ~ 123456789.123 ~ ' ' ~ 1e22 ~ ' ' ~ 0.1 + 0.2
1_000 + 0x1F + 0b11 + 0o17
5e-324 ~ ' ' ~ 1.7976931348623157e308 ~ ' ' ~ 2e23 ~ ' ' ~ 9007199254740993.0
true + 1
+true ~ -true
1 == 1.0 == true
1 < 2 < 3
1 < 3 < 2
3 > 2 >= 2 != 1
'a' < 'b'
'Z' < 'a'
'\U0001f600' > '\uffff'
[1, 2] < [1, 3]
(1, 'a') == (1, 'a')
[1] == (1,)
{'a': 1} == {'a': 1.0}
1 < 'a'
none < 1
not true or true
not (true or true)
not 1 == 2
'x' in 'xyz' and not 'q' in 'xyz'
'q' not in 'xyz'
2 in numbers and 4 not in numbers
'a' in record
1 in 'abc'
1 in none
missing in numbers
1 in missing
'' in ''
0 or '' or none or 'last'
1 and 'two' and 0.0
'yes' if n > 2 else 'no'
'only' if n > 5
('only' if n > 5) is defined
'a' if n == 1 else 'b' if n == 2 else 'c'
n if yes
1 if 0 else 2 if 0 else 3
'a' ~ 1 ~ none ~ true ~ 2.0 ~ [1] ~ missing
'a' + 'b' * 3
3 * 'ab' ~ [0] * 2 ~ (1,) * 2
'a' + 1
[1] + [2] + [[3]]
(1,) + (2,)
[1] + (2,)
'ab' 'cd' "ef"
'\t\x41\u00e9\U0001f600\101\q\\\''
(1)
(1,)
()
1, 2
[1, 2,]
[[], {}, ()]
{'a': 1, 'b': [1, 2], 3: none, true: 1.5}
{'a': 1, 'a': 2}
{1: 'a', 1.0: 'b', true: 'c'}
{[1]: 2}
{(1, 2): 3}[(1, 2)]
record
record.a.x
record['a']['x'][-1]
record.b ~ record['b'] ~ record["missing"]
record.items is callable
record['items']
record.missing.deeper
record.missing is defined
missing
missing is defined
missing.foo
missing['foo']
missing()
missing + 1
missing == missing2
missing ~ 'x'
missing | default('d')
missing | default
none | default('d') ~ none | default('d', true) ~ '' | default('d', boolean=true)
missing | length
missing | list
missing | int
n.foo
n.foo.bar
(n).foo is undefined
numbers[0] ~ numbers[-1] ~ numbers[99]
numbers[99] is defined
numbers['a']
numbers.0
people.0.name
numbers[1:3]
numbers[::-1]
numbers[::2]
numbers[-2:]
numbers[:-2]
numbers[10:]
numbers[3:1:-1]
numbers[none:2]
(1, 2, 3)[1:]
text[2:8]
text[::-1]
smile[1] ~ smile[-1] ~ smile[1:3] ~ smile[::-1]
smile | length
'abc'[5]
'abc'[5] is defined
'abc'[1:100]
'abcdef'[4:1:-1]
'abc'[0:2:0]
record[1:2]
n[1:2]
text.strip()
text.strip(' Tit')
text.lstrip() ~ '|' ~ text.rstrip() ~ '|'
'xxabcxx'.strip('x') ~ 'abc'.strip('') ~ 'abc'.lstrip('ab') ~ 'abc'.rstrip('cb')
'\u00a0\u2003x\u3000\u200b'.strip()
'a b  c '.split()
'a b  c '.split(' ')
'a,b,c'.split(',', 1)
'a,b,c'.rsplit(',', 1)
'a,b,c'.split(',', maxsplit=1)
' a b c '.split(none, 1)
' a b c '.rsplit(none, 1)
' a b c '.rsplit(maxsplit=0)
'aaa'.split('aa') ~ 'aaa'.rsplit('aa', 1)
''.split() ~ ''.split(',')
'a'.split('')
'</think>x</think>y'.split('</think>')[-1]
lines.splitlines()
lines.splitlines(true)
'a-b-c'.partition('-') ~ 'a-b-c'.rpartition('-') ~ 'abc'.partition('-') ~ 'abc'.rpartition('-')
'abc'.startswith('a') ~ 'abc'.startswith(('x', 'ab')) ~ 'abc'.endswith('bc') ~ 'abc'.startswith('b', 1)
'abc'.removeprefix('ab') ~ 'abc'.removesuffix('bc') ~ 'abc'.removeprefix('x')
'aaa'.replace('a', 'b') ~ 'aaa'.replace('a', 'b', 2) ~ 'aaa'.replace('', '-') ~ 'aaa'.replace('', '-', 2)
'abcabc'.find('c') ~ 'abcabc'.rfind('c') ~ 'abc'.find('x') ~ 'abcabc'.find('c', 3) ~ 'abcabc'.find('a', -3)
'abc'.index('b')
'abc'.index('x')
'banana'.count('an') ~ 'aaa'.count('aa') ~ 'abc'.count('')
word.upper() ~ word.lower() ~ word.capitalize() ~ word.title()
"they're bill's friends-of UK x2y".title()
"they're bill's friends-of UK (x2y)" | title
'ßa'.capitalize() ~ 'ǆa'.capitalize() ~ 'ΑΣ ΣΑΣ'.lower() ~ 'İ'.lower() ~ 'ŉ'.upper()
'ABC' | capitalize ~ 'hELLO wORLD' | capitalize
', '.join(['a', 'b'])
', '.join([1])
','.join('abc')
'{} and {}'.format(1, 'x') ~ '{1}{0}'.format('a', 'b') ~ '{x.age} {x[name]!r}'.format(x=people[0]) ~ '{{}}'.format()
'{:>5}|{:<5}|{:^5}|{:05d}|{:.2f}|{:,}|{:x}|{:+d}|{:*^7}|{:e}|{:%}|{:g}'.format('a', 'b', 'c', 42, 3.14159, 1234567, 255, 5, 'mid', 12345.678, 0.25, 1e10)
'{}'.format()
'%s %d %5.2f %r %x %05d %-5s| %% %e %g %c' % ('a', 3, 2.5, 'q', 255, 42, 'l', 12345.678, 0.0001, 'z')
'%(a)s-%(b)d' % {'a': 'x', 'b': 2}
'%s' % 'one' ~ '%s' % [1, 2] ~ '%s' % none
'%d' % 'x'
'%s %s' % 'a'
'%s' % ('a', 'b')
'%s|%10s|%-10s|%.2s' | format('a', 'b', 'c', 'defg')
'%5d|%+d|% d|%#x|%o|%i' % (1, 2, 3, 255, 8, 9.7)
'{:#06x}|{:#o}|{:#b}|{:#X}|{:06.2f}|{:+.1e}|{:<6}|{:=+6d}|{:,.2f}|{:_}|{:F}|{:G}|{:X}'.format(255, 8, 5, 255, -2.5, 1234.5, 42, 7, 1234567.891, 1234567, 1.5, 1e-10, 255)
'%#06x|%-6d|%+.1f|% .3e|%G|%X|%.0f|%-05d|%+ d|%5.1f%%|%06.2f|%i|%d' % (255, 42, 2.25, 1234.5, 1e-10, 255, 2.5, 3, 4, 99.5, -1.5, -2.9, true)
'{:.2f}'.format(-0.0) ~ '{}'.format(-0.0) ~ '%.1f' % -0.0 ~ '%e %g %g' % (0, 0, 0.00001)
'{:5}|{:>6}|{:d}|{:05}|{!r:>6}|{!s:<4}|{:.3}|{:.0%}|{:^8}|{:>1}'.format(true, false, true, 'ab', 'a', 1, 'abcdef', 0.5, 'odd', 'long')
'{:.2d}'.format(3)
'{:d}'.format(2.5)
'{:s}'.format(1)
'{:d}'.format('a')
'{:>5}'.format(none)
'{:y}'.format(1)
'{!x}'.format(1)
'{0[a][x][2]} {0[a]} {1.name}'.format(record, people[0])
'{0[a}'.format(record)
'{0[]}'.format(record)
'{0.}'.format(record)
'{a'.format(a=1)
'}'.format(1)
'{} {0}'.format(1, 2)
'{1} {0} {b} {b!r:5}|'.format(1, 2, b='c')
'{2}'.format(1)
'{zz}'.format(a=1)
'%(a)5.1f|%(b)-4s|%(a)s' % {'a': 1.25, 'b': 'x', 'c': 0}
'%(zz)s' % {'a': 1}
'%(a)s' % 'x'
'%(a' % {'a': 1}
'%z' % 1
'%' % 1
'%5' % 1
'%.' % 1
'%.s|%.f' % ('abc', 2.5)
'%x' % 2.5
'%f' % 'a'
'%s' % (1, 2)
'%s' % ()
'plain' % 1
'plain' % [] ~ 'plain' % {} ~ 'plain' % ()
'%s and %s' | format(1)
'%(a)s' | format(a=1)
'42'.zfill(5) ~ '-42'.zfill(5) ~ 'a'.ljust(3, '.') ~ 'a'.rjust(3, '.') ~ 'ab'.center(5, '*') ~ 'abc'.center(6, '*')
'123'.isdigit() ~ '12a'.isdigit() ~ ''.isdigit() ~ 'abc'.isalpha() ~ 'a1'.isalnum() ~ ' \t'.isspace() ~ 'AB'.isupper() ~ 'ab'.islower() ~ '²'.isdigit() ~ '½'.isnumeric() ~ '１'.isdecimal()
'abc'.nothing is defined
'abc'.nothing()
numbers.append(1)
record.update({})
record.pop('b')
record.get('b') ~ record.get('zz') ~ record.get('zz', 'd') ~ record.get('zz', default='d')
record.keys() ~ record.values() | list
people[0].items() | list
people[0].items()
people[0].keys()[0]
people[0].keys() | first
'a' in people[0].keys() or 'age' in people[0].keys()
numbers.index(2) ~ numbers.count(2)
numbers.index(99)
numbers.copy()
range(5) | list ~ range(2, 5) | list ~ range(10, 0, -3) | list ~ range(3) ~ range(0, 5, 2)
range(3)[1] ~ range(3) | length ~ range(3)[::-1] | list
range(200000)
range(0)|list
dict(a=1, b=2) ~ dict([('x', 1)]) ~ dict({'q': 1}, r=2)
namespace(a=1).a ~ namespace(a=1).b ~ namespace(a=1)['a']
namespace({'a': 1}, b=2)
namespace(_a=1)
strftime_now('%d %b %Y | %Y-%m-%d | %H:%M:%S | %A %B %j %y %p %I | %-d %-m %e | %% | %F %T')
raise_exception('nope')
text | trim ~ '|' ~ 'xxaxx' | trim('x')
n | string ~ 1
[1, 2.0, 'a\'b', "a\"b", "a'b\"c", none, true, 'tab\t\\ \x00 \x7f é \u200b \ue000 \U0001f600'] | string
text | upper ~ text | lower
text | escape
'<b>' | safe
'<i>' + ('<b>' | safe)
('<b>' | e) + '<c>'
'a<b' | e | e
'ab' | replace('a', 'x') ~ 'aaa' | replace('a', 'b', 1) ~ 12 | replace('1', 'x')
text | wordcount
numbers | first ~ numbers | last ~ 'abc' | first ~ 'abc' | last ~ (empty | first) ~ (empty | last)
empty | first is defined
record | first
numbers | length ~ record | length ~ 'abc' | count
n | length
none | length
numbers | select('odd') | length
numbers | select('odd') | list
numbers | reject('odd') | list
numbers | select('gt', 2) | list ~ numbers | select('in', [1, 2]) | list
[0, 1, '', 'a', none] | select | list
numbers | reject | list
people | selectattr('active') | list | length
people | selectattr('age', 'equalto', 31) | map(attribute='name') | list
people | rejectattr('age', '==', 31) | map(attribute='name') | join(', ')
people | selectattr('address', 'defined') | map(attribute='address.city') | list
people | map(attribute='tags.0') | list | string
people | map(attribute='nick', default='-') | join
numbers | map | list
people | map(attribute='name') | map('upper') | join('/')
names | map('replace', 'b', 'X') | list
numbers | map('string') | join('+')
numbers | map('nofilter') | list
numbers | select('notest') | list
numbers | join ~ numbers | join('-') ~ people | join(', ', attribute='name')
[1, none, true, 'x', missing] | join(',')
numbers | sort ~ numbers | sort(reverse=true) ~ names | sort ~ names | sort(case_sensitive=true)
people | sort(attribute='age') | map(attribute='name') | list
people | sort(attribute='age,name', reverse=true) | map(attribute='name') | list
[1, 'a'] | sort
names | unique | list ~ names | unique(case_sensitive=true) | list
people | unique(attribute='age') | map(attribute='name') | list
numbers | reverse | list ~ 'abc' | reverse
numbers | reverse | length
numbers | min ~ numbers | max ~ names | min ~ names | max ~ (people | max(attribute='age')).name
empty | max is defined
numbers | sum ~ people | sum(attribute='age') ~ numbers | sum(start=100)
numbers | batch(2) | list ~ numbers | batch(3, 'x') | list ~ numbers | slice(2) | list ~ numbers | slice(3, 'x') | list
record | dictsort
{'b': 1, 'A': 2, 'c': 0} | dictsort ~ {'b': 1, 'A': 2, 'c': 0} | dictsort(true) ~ {'b': 1, 'A': 2, 'c': 0} | dictsort(by='value', reverse=true)
people[1] | items | list
missing | items | list
n | items | list
numbers | list ~ 'abc' | list ~ record | list
record | tojson
record | tojson(indent=2)
record | tojson(indent=4, sort_keys=true, ensure_ascii=true)
record | tojson(separators=(',', ':'))
[] | tojson(indent=2) ~ {} | tojson(indent=2) ~ [[], {}] | tojson(indent=1)
[1.0, 1e100, 1.5e-9, true, none, 'a\x00\x1f\x7f\u2028é/\\"', big] | tojson
smile | tojson(ensure_ascii=true)
{1: 2, none: 3, true: 4, 1.5: 5} | tojson
(1, 2) | tojson
missing | tojson
range(3) | tojson
record.keys() | tojson
'x' | tojson(indent='--')
['x', ['y']] | tojson(indent='--')
'42' | int ~ ' 42 ' | int ~ '4_2' | int ~ '42.9' | int ~ 'x' | int ~ 'x' | int(7) ~ 'ff' | int(base=16) ~ '0x1f' | int(0, 16) ~ 3.9 | int ~ -3.9 | int ~ none | int ~ true | int ~ '1e3' | int ~ '-5' | int
'42.5' | float ~ 'x' | float ~ 'x' | float(1.5) ~ 3 | float ~ '1e3' | float ~ 'inf' | float ~ '-nan' | float ~ '1_0.5' | float ~ '.5' | float ~ '5.' | float
-5 | abs ~ (-5) | abs ~ -2.5 | abs
2.5 | round ~ 3.5 | round ~ 42.55 | round(1) ~ 42.55 | round(1, 'floor') ~ 42.51 | round(1, 'ceil') ~ 42 | round ~ 1234 | round(-2) ~ 0.125 | round(2) ~ -0.4 | round
'a\nb\n\nc' | indent ~ 'a\nb' | indent(2, true) ~ 'a\n\nb' | indent('> ', first=true, blank=true) ~ 'a\n' | indent
'foo bar baz qux' | truncate(9) ~ 'foo bar baz qux' | truncate(9, true) ~ 'foo bar baz qux' | truncate(11) ~ 'foo bar baz qux' | truncate(11, false, '…', 0)
record | attr('items') is callable
people[0] | attr('name') is defined
'x' | center(5) ~ '|'
'x' | nofilter
1 is odd ~ 2 is even ~ 9 is divisibleby 3 ~ 9 is divisibleby(4)
-3 is odd
1.5 is odd
'a' is odd
none is none ~ missing is none ~ 0 is none
missing is undefined ~ none is defined
'a' is string ~ 1 is string ~ 'a' is sequence ~ [1] is sequence ~ {} is sequence ~ 1 is sequence ~ missing is sequence ~ none is sequence
[1] is iterable ~ 'a' is iterable ~ 1 is iterable ~ {} is mapping ~ [] is mapping ~ missing is iterable ~ none is iterable
1 is number ~ 1.0 is number ~ true is number ~ 'a' is number ~ 1 is integer ~ true is integer ~ 1.0 is float ~ 1 is float
true is boolean ~ 1 is boolean ~ true is true ~ 1 is true ~ false is false ~ none is false
range is callable ~ 'a'.upper is callable ~ 1 is callable ~ missing is callable
'abc' is lower ~ 'ABC' is upper ~ 'aBc' is lower ~ '123' is lower ~ '' is upper
1 is eq 1 ~ 1 is equalto 1.0 ~ 1 is ne 2 ~ 1 is lt 2 ~ 2 is gt 1 ~ 2 is ge 2 ~ 2 is le 1 ~ 1 is in [1] ~ 3 is in [1] ~ 1 is not in [1]
1 is sameas 1 ~ true is sameas true ~ 1 is sameas true ~ none is sameas none ~ 1 is sameas 1.0
'upper' is filter ~ 'zz' is filter ~ 'odd' is test ~ 'zz' is test
1 is nonsense
1 is not none and 2 is not defined or false
n is defined and n is number
not missing is defined
1 is odd is even
-1 | abs ~ 2 ** 2 | string | length
[n, n + 1] | map('string') | join(',') | upper
(numbers | sort)[0] ~ numbers | sort | first
people | map(attribute='name') | list | tojson
numbers | map('float') | sum
'a' if true else 'b' ~ 'c'
(lambda)
1 +
1 2
foo(
{'a' 1}
[1, 2
'unclosed
1 ? 2
record.
record['a'
n |
n is
loop.index
caller()
''.join(numbers | map('string'))
'%s' | format(none)
'x' * -1 ~ '|'
[] == empty ~ {} == {}
none == false
'a' == ['a']
1.0 ~ 100.0 ~ 1e5 ~ -0.0
1 / 0
1 // 0
1 % 0
1.0 / 0
0 ** 0
(-8) ** 0.5 is number
'abc'[1.0]
'abc'[true]
numbers[true]
numbers['0']
record[numbers]
braces
braces | upper
braces ~ braces | length
braces % 1
"a" in "b" "ab"
1if 2else 3
1 if true else 2, 3
*numbers
range(*[1, 4]) | list
dict(**{'a': 1})
namespace(**record).b
dict(a=1, *[2])
(1, 2) | first ~ (1, 2)[1] ~ (1, 2).count(1)
text.__class__
text['__class__']
record.__class__.__mro__
''.__class__ is defined
''.format.__globals__
numbers | attr('__class__')
"été" ~ été is defined
_x is defined
'a' is string and 'b' is not number
[1, 2] is in [[1, 2]]
numbers is sequence and numbers is not mapping and numbers is not string
"""

TEMPLATES = [
    # white space control
    "a\n  {% if true %}\n  b\n  {% endif %}\nc\n",
    "a\n  {%- if true -%}\n  b\n  {%- endif -%}\nc\n\n",
    "a\n  {%+ if true +%}\n  b\n  {%+ endif +%}\nc",
    "  {% if true %}x{% endif %}\n  {{ 1 }}  \n\n  {# c #}  \n  {#- c -#}  \n y",
    "{{ 1 }}\n{{- 2 -}}\n{{ 3 }}\n",
    "{{+ 1 }}{{ 2 +}}",
    "x {% set a = 1 %} y\n{% set b = 2 -%}  \n z {#+ c +#}\n w",
    "\n\n{% set a = 1 %}\n\n{{ a }}\n\n",
    "{% raw %}{{ x }} {% if %}{# #}{% endraw %}|",
    "  {%- raw -%}  {{ x }}  {%- endraw -%}  |",
    " a\n {% raw %}\n {{ x }}\n {% endraw %}\n b",
    "{% raw +%}x{% endraw %}",
    "{% raw %}unclosed",
    "{# unclosed",
    "text{#",
    "{#-#}x{#+#}\ny{##}\nz",
    "a{{ 'b' }}{# {{ c }} {% if %} #}d",
    "{{ '}}' }}{{ \"%}\" }}{% set x = '{{' %}{{ x }}",
    "{{ {'a': {'b': 1}}['a'] }}",
    "{{ {'a': {'b': 1}} }}",
    "\r\na\rb{{ '\r\n' | length }}\r\n{% if true %}\r\nc{% endif %}\r\n",
    "\u2028{% if true %}\u2028{% endif %}\u3000{%- if true %}x{% endif %}\x0b",
    "{%if true%}x{%endif%}{{1}}",
    "{%- if true %}\n\n  x\n{%- endif %}",
    "a {%-  set x = 1  -%} b",
    "{ { x } } {%% {{ '{' }} #} }} %}",
    "{{ 'a\\\nb' }}",
    "", "\n", "\n\n", "plain",
    # statements
    "{% if n > 5 %}a{% elif n > 2 %}b{% elif true %}c{% else %}d{% endif %}",
    "{% if missing %}a{% else %}b{% endif %}{% if empty %}c{% endif %}",
    "{% if n == 3: %}x{% endif %}",
    "{% for x in numbers %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}:{{ x }};{% endfor %}",
    "{% for x in empty %}a{% else %}none{% endfor %}{% for x in numbers %}{% else %}none{% endfor %}",
    "{% for x in numbers if x > 2 %}{{ loop.index }}/{{ loop.length }}:{{ x }} {% else %}none{% endfor %}",
    "{% for x in numbers if x > 99 %}{{ x }}{% else %}none{% endfor %}",
    "{% for k, v in record.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k in record %}{{ k }},{% endfor %}{% for c in smile %}[{{ c }}]{% endfor %}",
    "{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for a, b in [(1, 2, 3)] %}{{ a }}{% endfor %}",
    "{% for x in n %}{% endfor %}",
    "{% for x in missing %}a{% else %}b{% endfor %}",
    "{% for x in none %}a{% endfor %}",
    "{% for x in 1, 2, 3 %}{{ x }}{% endfor %}{% for x in numbers[:2] + [9] %}{{ x }}{% endfor %}",
    "{% for x in numbers %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 10 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in [1, 2] %}{% for y in [1, 2] %}{% if y == 2 %}{% break %}{% endif %}{{ x }}{{ y }}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}",
    "{% break %}",
    "{% for x in numbers %}{{ x }}{% for y in [] %}{% else %}{% break %}{% endfor %}{% endfor %}",
    "{% for x in numbers %}{% set s %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% endset %}{{ s }}{% endfor %}",
    "{% for x in numbers %}{% filter upper %}a{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfilter %}{% endfor %}",
    "{% for x in numbers %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
    "{% for x in numbers %}{% generation %}{% break %}{% endgeneration %}{% endfor %}",
    "{% for x in numbers %}{% else %}{% break %}{% endfor %}",
    "{% for x in numbers %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {{ loop.cycle('a', 'b') }}{{ loop.changed(x % 2) }} {% endfor %}",
    "{% for x in [1, 2, 3] %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }}{{ loop.depth }}{{ loop.depth0 }}{% endfor %}",
    "{% for x in [[1, [2, [3]]], 4] recursive %}{% if x is iterable %}({{ loop(x) }}){% else %}{{ x }}@{{ loop.depth }}{% endif %}{% endfor %}",
    "{% for x in [1] %}{{ loop(x) }}{% endfor %}",
    "{% for x in numbers | reverse %}{{ x }}{{ ',' if not loop.last }}{% endfor %}",
    "{% for x in numbers[::-1] %}{% if loop.first %}^{% endif %}{{ x }}{% endfor %}",
    "{% for x in numbers | select('odd') %}{{ loop.length }}{{ x }}{{ loop.last }}{% endfor %}",
    "{% set g = numbers | select('odd') %}{% for x in g %}{{ x }}{% endfor %}|{% for x in g %}{{ x }}{% endfor %}{% if g %}true{% endif %}",
    "{% for i in range(3) %}{% set x = i %}{% endfor %}{{ x }}{{ i }}{{ loop is defined }}",
    "{% set x = 0 %}{% for i in range(3) %}{{ x }}{% set x = x + 1 %}{{ x }} {% endfor %}{{ x }}",
    "{% set ns = namespace(x=0, found=false) %}{% for i in range(3) %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}{{ ns.found }}",
    "{% set ns = namespace() %}{% set ns.a = 1 %}{% set ns.b, y = 2, 3 %}{{ ns.a }}{{ ns.b }}{{ y }}{{ ns.c }}{{ ns }}",
    "{% set ns = namespace(stop=false) %}{% for x in numbers if not ns.stop %}{{ x }}{% if x == 1 %}{% set ns.stop = true %}{% endif %}{% endfor %}",
    "{% set ns = namespace(stop=false) %}{% for x in numbers if not ns.stop %}{{ x }}{{ loop.last }}{% if x == 1 %}{% set ns.stop = true %}{% endif %}{% endfor %}",
    "{% set record.b = 2 %}",
    "{% set n.b = 2 %}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set (c, d) = [3, 4] %}{{ c }}{{ d }}{% set t = 1, 2 %}{{ t }}",
    "{% set a, b = 1 %}",
    "{% set true = 1 %}",
    "{% set a = 1, %}{{ a }}",
    "{% if true %}{% set x = 1 %}{% endif %}{{ x }}{% if false %}{% set y = 1 %}{% endif %}{{ y is defined }}",
    "{% if false %}{% set n = 9 %}{% endif %}{{ n }}{% for i in [1] %}{% if false %}{% set n = 9 %}{% endif %}{{ n }}{% endfor %}",
    "{% set x %}a {{ n }} b{% endset %}[{{ x }}]{{ x | length }}",
    "{% set x | upper | trim %}  a {{ n }} b {% endset %}[{{ x }}]",
    "{% set x = 1 %}{% set y %}{% set x = 2 %}{{ x }}{% endset %}{{ x }}{{ y }}",
    "{% filter upper | replace('A', 'x') %}aba {{ n }}{% set n = 4 %}{% endfilter %}{{ n }}",
    "{% filter indent(2) %}a\nb{% endfilter %}",
    "{% with a = 1, b = n %}{{ a }}{{ b }}{% set a = 2 %}{{ a }}{% endwith %}{{ a is defined }}",
    "{% set a = 5 %}{% with a = 1, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}",
    "{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q }}",
    "{% print 1, 'a' %}",
    "{% generation %}gen {{ n }}{% set z = 1 %}{% endgeneration %}{{ z is defined }}",
    "{% for m in [1, 2] %}\n{% generation %}\n{{ m }}\n{% endgeneration %}\n{% endfor %}",
    # macros
    "{% macro m(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }} {{ m(1, c=5) }} {{ m(b=3, a=4) }} {{ m() }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, x=2) }}",
    "{% macro m(a, a2=missing) %}{{ a is defined }}{{ a2 is defined }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}",
    "{% macro m(x) %}<{{ caller(x) }}>{% endmacro %}{% call(y) m(5) %}{{ y }}{{ n }}{% endcall %}",
    "{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}in{% endcall %}{{ m() }}",
    "{% macro m() %}x{% endmacro %}{% call m() %}in{% endcall %}",
    "{% macro m(caller=none) %}{{ caller is none }}{% endmacro %}{{ m() }}{% call m() %}{% endcall %}",
    "{% macro fact(k) %}{{ 1 if k <= 1 else k * (fact(k - 1) | int) }}{% endmacro %}{{ fact(6) }}",
    "{% macro show(v, depth=0) %}{% if v is mapping %}{ {%- for k, x in v | dictsort %}{{ k }}:{{ show(x, depth + 1) }}{{ ',' if not loop.last }}{% endfor %} }{% elif v is string %}'{{ v }}'{% elif v is iterable %}[{% for x in v %}{{ show(x, depth + 1) }}{% endfor %}]{% else %}{{ v }}@{{ depth }}{% endif %}{% endmacro %}{{ show(record) }}",
    "{% macro m() %}{{ later }}{% endmacro %}{% set later = 1 %}{{ m() }}{% set later = 2 %}{{ m() }}",
    "{% macro m() %}{% set n = 9 %}{{ n }}{% endmacro %}{{ m() }}{{ n }}",
    "{% for i in [1, 2] %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}{{ m is defined }}",
    "{% macro m(x) %}\n  {{- x }}\n{% endmacro %}[{{ m('a') }}]{{ m('a') | length }}{{ m('a') == 'a\n' }}",
    "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}",
    "{% macro m(x) %}{{ x }}{% endmacro %}{{ [1, 2] | map('string') | map('upper') | join }}{{ m([1]) + 'z' }}",
    "{% macro f(a, b=1, c) %}{% endmacro %}",
    # refused
    "{% include 'x' %}", "{% extends 'x' %}", "{% import 'x' as y %}", "{% from 'x' import y %}", "{% unknown %}",
    "{% if %}x{% endif %}", "{% if true %}", "{% endif %}", "{% for x numbers %}{% endfor %}", "{{ }}", "{{", "{%", "{% %}",
    "{{ 1 }", "{% set %}", "{% for x in numbers %}{% else %}{% else %}{% endfor %}", "{{ ) }}", "{{ (1] }}", "{{ 1 }}}}",
    "{% macro %}{% endmacro %}", "{% call 1 %}{% endcall %}", "{% do 1 %}", "{% if true %}{% endfor %}", "{% set x = %}",
    "{{ raise_exception('roles must alternate, got ' ~ n) }}",
]

# Chat templates in the manner of the common families, over conversations below.
CHATS = {
    "turns": """{%- if messages[0].role == 'system' -%}
    {%- set system = messages[0].content | trim -%}{%- set rest = messages[1:] -%}
{%- else -%}
    {%- set system = '' -%}{%- set rest = messages -%}
{%- endif -%}
{{ bos_token }}{% for m in rest %}
{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}
{{ raise_exception('users and assistants take turns') }}
{% endif %}
{% if m.role == 'user' %}
{{ '[Q] ' + (system ~ '\\n\\n' if loop.first and system else '') + m.content.strip() + ' [/Q]' }}
{%- else %}
{{ ' ' + m['content'].strip() + ' ' + eos_token }}
{%- endif %}
{% endfor %}
""",
    "thinking": """{%- set ns = namespace(last=-1, open=true) %}
{%- for m in messages[::-1] %}
    {%- set i = (messages | length - 1) - loop.index0 %}
    {%- if ns.open and m.role == "user" and m.content is string and not (m.content.startswith('<r>') and m.content.endswith('</r>')) %}
        {%- set ns.open = false %}{%- set ns.last = i %}
    {%- endif %}
{%- endfor %}
{%- for m in messages %}
    {%- set content = m.content if m.content is string else '' %}
    {%- if m.role == "assistant" %}
        {%- set reasoning = '' %}
        {%- if m.reasoning_content is string %}{%- set reasoning = m.reasoning_content %}
        {%- elif '</think>' in content %}
            {%- set reasoning = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {{- '<|' ~ m.role ~ '|>\\n' }}
        {%- if loop.index0 > ns.last and (loop.last or reasoning) %}{{- '<think>\\n' + reasoning.strip('\\n') + '\\n</think>\\n\\n' }}{%- endif %}
        {{- content.lstrip('\\n') }}
        {%- for call in m.tool_calls or [] %}
            {%- if call.function %}{%- set call = call.function %}{%- endif %}
            {{- '\\n<call>{"name": "' ~ call.name ~ '", "arguments": ' }}
            {{- call.arguments if call.arguments is string else call.arguments | tojson }}{{- '}</call>' }}
        {%- endfor %}
        {{- '<|end|>\\n' }}
    {%- elif m.role == "tool" %}
        {%- if loop.first or loop.previtem.role != "tool" %}{{- '<|user|>' }}{%- endif %}
        {{- '\\n<r>\\n' ~ content ~ '\\n</r>' }}
        {%- if loop.last or loop.nextitem.role != "tool" %}{{- '<|end|>\\n' }}{%- endif %}
    {%- else %}
        {{- '<|' + m.role + '|>\\n' + content + '<|end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|assistant|>\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}
{%- endif %}""",
    "schemas": """{%- macro kind(t) -%}
{%- if t is string -%}{{ {'string': 'str', 'integer': 'int', 'array': 'list'}.get(t, 'Any') }}
{%- elif t is iterable -%}Union[{% for x in t %}{{ kind(x) }}{{ ', ' if not loop.last }}{% endfor %}]
{%- else -%}?{%- endif -%}
{%- endmacro -%}
{%- macro fields(spec, level=0) -%}
{%- for name, field in spec.properties | dictsort %}
{{ '  ' * level }}- {{ name }}{{ '' if name in (spec.required or []) else '?' }}: {{ kind(field.type) }}
{%- if field.enum %} of {{ field.enum | join(' | ') }}{% endif %}
{%- if field.default is defined %} = {{ field.default | tojson }}{% endif %}
{%- if field.properties is mapping %}{{ fields(field, level + 1) }}{% endif %}
{%- endfor %}
{%- endmacro -%}
{{ bos_token }}{% if tools %}# {{ tools | length }} tools, {{ strftime_now('%d %B %Y') }}
{% for tool in tools | map(attribute='function') %}
{{ loop.index }}. {{ tool.name | upper }} {{ '%s (%d)' | format(tool.description, tool.parameters.properties | length) }}
{{- fields(tool.parameters) }}
{{ tool.parameters | tojson(indent=2) }}
{% endfor %}{% endif %}
{% set users = messages | selectattr('role', 'equalto', 'user') | list %}
{% for m in messages if m.role != 'system' %}
{% generation %}<{{ m.role | title }} {{ loop.index }}/{{ loop.length }}>
{{ m.content | default('', true) | replace('<', '&lt;') | indent(1, true) }}
{% endgeneration %}
{% endfor %}
{{ users | length }} {{ users[-1].content if users else 'nobody' }}
{{- '\\n<Assistant>' if add_generation_prompt }}
""",
    "brackets": """{%- set ns = namespace(turn=0, system=none) %}
{%- if messages and messages[0]["role"] == "system" %}
    {%- set ns.system = messages[0]["content"] %}{%- set rest = messages[1:] %}
{%- else %}{%- set rest = messages %}{%- endif %}
{%- if not tools is defined %}{%- set tools = none %}{%- endif %}
{%- set users = rest | selectattr("role", "equalto", "user") | list %}
{%- for m in rest if not (m.role == "tool" or (m.tool_calls is defined and m.tool_calls is not none)) %}
    {%- if (m["role"] == "user") != (ns.turn % 2 == 0) %}{{- raise_exception("turns") }}{%- endif %}
    {%- set ns.turn = ns.turn + 1 %}
{%- endfor %}
{{- bos_token }}
{%- for m in rest %}
    {%- if m["role"] == "user" %}
        {%- if tools is not none and m == users[-1] %}
            {{- "[TOOLS][" }}
            {%- for tool in tools %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.function.items() if key != "return" %}
                    {%- if val is string %}{{- '"' + key + '": "' + val + '"' }}{%- else %}{{- '"' + key + '": ' + val|tojson }}{%- endif %}
                    {%- if not loop.last %}{{- ", " }}{%- endif %}
                {%- endfor %}
                {{- "}}" + (", " if not loop.last else "][/TOOLS]") }}
            {%- endfor %}
        {%- endif %}
        {{- "[Q]" + (ns.system + "\\n\\n" if loop.last and ns.system is not none else "") + m["content"] + "[/Q]" }}
    {%- elif m.tool_calls is defined and m.tool_calls is not none %}
        {{- "[CALLS][" }}
        {%- for call in m.tool_calls %}
            {%- set out = call.function|tojson %}
            {{- out[:-1] }}
            {%- if not call.id is defined or call.id|length != 9 %}{{- raise_exception("ids have nine letters") }}{%- endif %}
            {{- ', "id": "' + call.id + '"}' + (", " if not loop.last else "]" + eos_token) }}
        {%- endfor %}
    {%- elif m["role"] == "assistant" %}{{- m["content"] + eos_token }}
    {%- elif m["role"] == "tool" %}
        {%- set content = m.content.content if m.content is defined and m.content.content is defined else m.content %}
        {{- '[R]{"content": ' + content|string + ', "call_id": "' + m.tool_call_id + '"}[/R]' }}
    {%- else %}{{- raise_exception("roles") }}{%- endif %}
{%- endfor %}""",
    "signatures": """{%- macro kind(spec) %}
{%- set names = {"string": "str", "number": "float", "integer": "int", "boolean": "bool"} %}
{%- if names[spec.type] is defined %}{{- names[spec.type] }}
{%- elif spec.type == "array" %}{{- "list[" + kind(spec["items"]) + "]" }}
{%- elif spec.type == "object" %}{{- "dict[str, " + kind(spec.additionalProperties) + "]" if spec.additionalProperties is mapping else "dict" }}
{%- elif spec.type is iterable %}{{- "Union[" }}{%- for t in spec.type %}{{- kind({"type": t}) + ("," if not loop.last else "") }}{%- endfor %}{{- "]" }}
{%- else %}{{- "Any" }}{%- endif %}
{%- endmacro %}
{{- bos_token }}{%- set first = true %}
{%- for tool in tools or [] %}
    {%- if tool.function is defined %}{%- set tool = tool.function %}{%- endif %}
    {{- 'def ' + tool.name + '(' }}
    {%- for name, spec in tool.parameters.properties|items %}
        {{- name + ": " + kind(spec) + (" | None" if name not in (tool.parameters.required or []) else "") }}
        {%- if not loop.last %}{{- ", " }}{%- endif %}
    {%- endfor %}
    {{- ')\\n    """' + tool.description|trim + '"""\\n' }}
    {{- (tool.parameters|tojson if tool.parameters.properties|length else "{}") + "\\n" }}
{%- endfor %}
{%- for m in messages %}
    {%- if m.role == "assistant" and m.tool_calls %}
        {{- '<|' + m.role + '|>' + (m.content or '') }}
        {%- for call in m.tool_calls %}
            {%- set function = call.function if call.function is defined else call %}
            {{- '\\n' + function.name + '(' }}
            {%- for key, value in function.arguments|items %}
                {{- key + '=' }}{{- value|tojson if value is not string else "'" ~ value|replace("'", "\\\\'") ~ "'" }}
                {%- if not loop.last %}{{- ', ' }}{%- endif %}
            {%- endfor %}
            {{- ')' }}
        {%- endfor %}
        {{- eos_token }}
    {%- elif m.role == "tool" %}
        {%- if loop.first or loop.previtem.role != "tool" %}{{- '<|results|>' }}{%- endif %}
        {{- {"name": m.name, "content": m.content} | tojson(ensure_ascii=true) }}
        {%- if loop.last or loop.nextitem.role != "tool" %}{{- eos_token }}{%- endif %}
    {%- else %}
        {{- '<|' ~ m.role ~ '|>' ~ m.content ~ eos_token }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|assistant|>' }}{%- if thinking is defined and thinking %}{{- '<think>' }}{%- endif %}{%- endif %}""",
    "fences": """{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% set ns = namespace(first=false, tool=false, output=true, system='') %}
{%- for m in messages %}{%- if m['role'] == 'system' %}{% set ns.system = ns.system + m['content'] %}{%- endif %}{%- endfor %}
{{ bos_token }}{{ ns.system }}{% if tools %}{{ '\\n\\n## Tools\\n' }}{% for tool in tools %}{{ '```json\\n' + tool | tojson(indent=4) + '\\n```\\n' }}{% endfor %}{% endif %}
{%- for m in messages %}
    {%- if m['role'] == 'user' %}{%- set ns.tool = false -%}{{ '<User>' + m['content'] }}{%- endif %}
    {%- if m['role'] == 'assistant' and m['content'] is none %}{%- set ns.tool = false -%}
        {%- for call in m['tool_calls'] %}
            {%- if not ns.first %}{{ '<Assistant><calls><call>' + call['type'] + '<sep>' + call['function']['name'] + '\\n```json\\n' + call['function']['arguments'] + '\\n```</call>' }}
            {%- set ns.first = true -%}
            {%- else %}{{ '\\n<call>' + call['type'] + '<sep>' + call['function']['name'] + '\\n```json\\n' + call['function']['arguments'] + '\\n```</call></calls>' + eos_token }}{%- endif %}
        {%- endfor %}
    {%- endif %}
    {%- if m['role'] == 'assistant' and m['content'] is not none %}
        {%- if ns.tool %}{{ '</outputs>' + m['content'] + eos_token }}{%- set ns.tool = false -%}
        {%- else %}{%- set content = m['content'] -%}
            {%- if '</think>' in content %}{%- set content = content.split('</think>')[-1] -%}{%- endif %}{{ '<Assistant>' + content + eos_token }}
        {%- endif %}
    {%- endif %}
    {%- if m['role'] == 'tool' %}{%- set ns.tool = true -%}
        {%- if ns.output %}{{ '<outputs><output>' + m['content'] + '</output>' }}{%- set ns.output = false %}
        {%- else %}{{ '\\n<output>' + m['content'] + '</output>' }}{%- endif %}
    {%- endif %}
{%- endfor -%}
{% if ns.tool %}{{ '</outputs>' }}{% endif %}{% if add_generation_prompt and not ns.tool %}{{ '<Assistant><think>\\n' }}{% endif %}""",
    "actions": """{%- set ns = namespace(next=0, seen=[]) %}
{%- macro outcome(m, others) -%}
{{ '{"call": "' ~ m.tool_call_id ~ '", "results": {"0": ' ~ (m.content | tojson) ~ '}, "of": ' ~ (others | length) ~ '}' }}
{%- endmacro %}
{{ bos_token }}{% if tools %}
{{ '<Developer>You may act with:\\n' }}
{% for tool in tools %}
    {"name": "{{ tool['function']['name'] }}", "description": "{{ tool['function']['description'] }}", "parameters": {{ tool['function']['parameters']|tojson }}}{%- if not loop.last %},{% endif %}

{% endfor %}
{% endif %}
{%- for m in messages %}
    {%- if m.role|lower == 'system' and not (loop.first and developer) %}
<System>{{ m.content }}
    {%- elif m.role|lower == 'user' %}
<User>{{ m.content }}
    {%- elif m.role|lower in ['assistant', 'chatbot'] %}
<Bot>{% if m.tool_calls %}<plan>{{ m.reasoning_content }}</plan><act>[
        {% for call in m.tool_calls %}
    {"number": "{{ ns.next }}", "action": "{{ call['function']['name'] }}", "parameters": {{ call['function']['arguments']|tojson }}}{% if not loop.last %},{% endif %}

        {% set ns.next = ns.next + 1 %}
        {% endfor %}
]</act>{% else %}<say>{{ m.content }}</say>{% endif %}
    {%- elif m.role|lower == 'tool' and m.tool_call_id not in ns.seen %}
<Results>[
{{ outcome(m, messages[loop.index0 + 1:]) }}
        {%- for other in messages[loop.index0 + 1:] %}
            {%- if other.role|lower != 'tool' %}{%- break %}{%- endif %},
{{ outcome(other, []) }}
            {%- set ns.seen = ns.seen + [other.tool_call_id] %}
        {%- endfor %}

]</Results>
    {%- endif %}
{%- endfor %}{% if add_generation_prompt %}<Bot>{%- if not enable_thinking -%}<plan></plan>{%- endif %}{% endif %}""",
    "channels": """{%- macro kind(spec) -%}
    {%- if spec.type == "array" -%}{{- kind(spec["items"]) + "[]" -}}
    {%- elif spec.type is defined and spec.type is iterable and spec.type is not string and spec.type[0] is defined -%}{{- spec.type | join(" | ") -}}
    {%- elif spec.enum -%}{{- '"' + spec.enum | join('" | "') + '"' -}}
    {%- elif spec.type == "object" and spec.properties -%}
        {{- "{\\n" }}
        {%- for name, inner in spec.properties.items() -%}
            {{- name + ("" if name in (spec.required or []) else "?") + ": " -}}{{ kind(inner) }}
            {%- if inner.default is defined %}{{- ", // default: " + (inner.default if inner.default is string else inner.default | tojson) }}{%- endif -%}
            {{- ",\\n" if not loop.last else "\\n}" }}
        {%- endfor -%}
    {%- else -%}{{- "number" if spec.type == "integer" else spec.type or "any" -}}
    {%- endif -%}
{%- endmacro -%}
{%- if effort is not defined %}{%- set effort = "medium" %}{%- endif %}
{{- "<|begin|>system<|says|>Date: " + strftime_now("%Y-%m-%d") + "\\nEffort: " + effort + "<|over|>" }}
{%- if messages and messages[0].role in ["developer", "system"] %}
    {%- set told = messages[0].content %}{%- set rest = messages[1:] %}
{%- else %}
    {%- set told = "" %}{%- set rest = messages %}
{%- endif %}
{%- if told or tools %}
    {{- "<|begin|>developer<|says|>" }}{%- if told %}{{- told }}{%- endif %}
    {%- for tool in tools or [] %}
        {{- "\\n// " + tool.function.description + "\\ntype " + tool.function.name + " = (_: " }}{{- kind(tool.function.parameters) + ") => any;" }}
    {%- endfor %}
    {{- "<|over|>" }}
{%- endif %}
{%- set last = namespace(name=none) %}
{%- for m in rest -%}
    {%- if m.role == "assistant" -%}
        {%- if "thinking" in m and m.content and "<|to|>" in m.content %}{{- raise_exception("channels are not for texts") }}{%- endif %}
        {%- if "tool_calls" in m and m.tool_calls %}
            {%- set call = m.tool_calls[0] %}{%- if call.function %}{%- set call = call.function %}{%- endif %}
            {%- set later = namespace(final=false) %}
            {%- for other in rest[loop.index:] if not later.final %}
                {%- if other.role == "assistant" and "tool_calls" not in other %}{%- set later.final = true %}{%- endif %}
            {%- endfor %}
            {%- if m.content and not later.final %}{{- "<|begin|>assistant<|to|>thoughts<|says|>" + m.content + "<|over|>" }}{%- endif %}
            {{- "<|begin|>assistant to=" + call.name + "<|to|>tools " + (call.content_type if call.content_type is defined else "json") + "<|says|>" + call.arguments | tojson + "<|call|>" }}
            {%- set last.name = call.name %}
        {%- elif loop.last and not add_generation_prompt %}
            {%- if m.reasoning_content %}{{- "<|begin|>assistant<|to|>thoughts<|says|>" + m.reasoning_content + "<|over|>" }}{%- endif %}
            {{- "<|begin|>assistant<|to|>answer<|says|>" + m.content + "<|return|>" }}
        {%- else %}
            {{- "<|begin|>assistant<|to|>answer<|says|>" + m.content + "<|over|>" }}{%- set last.name = none %}
        {%- endif %}
    {%- elif m.role == "tool" -%}
        {%- if last.name is none %}{{- raise_exception("a result and no call") }}{%- endif %}
        {{- "<|begin|>" + last.name + " to=assistant<|to|>tools<|says|>" + m.content | tojson + "<|over|>" }}
    {%- elif m.role == "user" -%}
        {{- "<|begin|>user<|says|>" + m.content + "<|over|>" }}
    {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}<|begin|>assistant{%- endif -%}""",
    "tagged": """{%- if messages[0]["role"] == "system" %}
    {%- set system = messages[0]["content"] %}
{% elif tools is defined and tools -%}
    {%- set system = "" -%}
{%- endif %}

{%- if system is defined -%}
    {{- '<s-y-s>' + system -}}
    {% for tool in tools or [] %}
        {{- '<fn>' + (tool['function'] | tojson) + '</fn>' -}}
    {% endfor %}
    {%- if tools and '<do>' not in system -%}{{- 'Call as in <do>{"name": "x"}</do>' -}}{%- endif -%}
    {{- '<end>' -}}
{%- endif -%}
{%- for message in messages -%}
    {%- if message['role'] == 'tool' -%}
        {{- '<result>' + (message['content'] | tojson) + '<end>' -}}
    {%- elif message['role'] != 'system' -%}
        {{- '<' + message['role'] + '>' -}}{%- if message.content -%}{{- message['content'] -}}{%- endif -%}  
        {%- for call in message.tool_calls -%}
            {{- '<do>' + (call['function'] | tojson) + '</do>' -}}
        {%- endfor -%}
        {{- '<end>' -}}
    {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<assistant>' -}}{%- else -%}{{- eos_token -}}{%- endif -%}""",
    "parameters": """{%- macro rest(map, known) %}
{%- if map is mapping %}{%- for key in map if key not in known %}
{{- '\\n<' ~ key ~ '>' ~ (map[key] | tojson | safe if map[key] is mapping or (map[key] is sequence and map[key] is not string) else map[key] | string) ~ '</' ~ key ~ '>' }}
{%- endfor %}{%- endif %}
{%- endmacro %}
{%- if not tools is defined %}{%- set tools = [] %}{%- endif %}
{%- if tools is iterable and tools | length > 0 %}
{{- '<|system|>' }}
{%- for t in tools %}{%- if t.function is defined %}{%- set t = t.function %}{%- endif %}
{{- '\\n<tool>' ~ t.name ~ (' ' ~ (t.description | trim) if t.description is defined else '') }}
{%- if t.parameters is mapping and t.parameters.properties is mapping %}
{%- for name, fields in t.parameters.properties | items %}{{- '\\n<p>' ~ name ~ ':' ~ (fields.type | string) }}{{- rest(fields, ['type']) }}{%- endfor %}
{%- endif %}
{{- rest(t.parameters, ['type', 'properties']) }}
{%- endfor %}
{{- '<|end|>\\n' }}
{%- endif %}
{%- for m in messages %}
{%- if m.role == 'assistant' and m.tool_calls is defined and m.tool_calls is iterable and m.tool_calls | length > 0 %}
{{- '<|' + m.role + '|>' }}
{%- if m.content is defined and m.content is string and m.content | trim | length > 0 %}{{- '\\n' + m.content | trim + '\\n' }}{%- endif %}
{%- for call in m.tool_calls %}{%- if call.function is defined %}{%- set call = call.function %}{%- endif %}
{{- '\\n<call>\\n<function=' + call.name + '>\\n' }}
{%- if call.arguments is defined %}{%- for name, value in call.arguments | items %}
{{- '<parameter=' + name + '>\\n' }}
{%- set value = value | tojson | safe if value is mapping or (value is sequence and value is not string) else value | string %}
{{- value }}{{- '\\n</parameter>\\n' }}
{%- endfor %}{%- endif %}
{{- '</function>\\n</call>' }}
{%- endfor %}
{{- '<|end|>\\n' }}
{%- elif m.role == 'tool' %}
{%- if loop.previtem and loop.previtem.role != 'tool' %}{{- '<|user|>' }}{%- endif %}
{{- '<result>\\n' }}{{- m.content }}{{- '\\n</result>\\n' }}
{%- if loop.last or loop.nextitem.role != 'tool' %}{{- '<|end|>\\n' }}{%- endif %}
{%- else %}
{{- '<|' + m.role + '|>\\n' + m.content + '<|end|>\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|assistant|>\\n' }}{%- endif %}
""",
    "keywords": """{{- bos_token }}
{%- if not tools is defined %}{%- set tools = none %}{%- endif %}
{%- if messages[0]['role'] == 'system' %}{%- set system = messages[0]['content'] | trim %}{%- set messages = messages[1:] %}
{%- else %}{%- set system = "You may call functions." %}{%- endif %}
{{- '<|system|>' + system }}
{%- if tools is not none and tools | length > 0 %}
{{- '<functions>' }}{%- for t in tools %}{{- t.function | tojson }}{%- endfor %}{{- '</functions>' }}
{%- endif %}
{%- for m in messages %}
{%- if m.role == 'assistant' and m.tool_calls is defined and m.tool_calls | length > 0 %}
{{- '<|assistant|><calls>\\n' }}
{%- for call in m.tool_calls %}
{{- call.function.name + '(' }}
{%- for key, value in call.function.arguments.items() %}{{- key + '=' }}{{- value | tojson }}{%- if not loop.last %}{{- ', ' }}{%- endif %}{%- endfor %}
{{- ')' }}
{%- endfor %}
{{- '\\n</calls>' }}
{%- else %}
{{- '<|' + m.role + '|>' + m.content | trim }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|assistant|>' }}{%- endif %}
""",
}

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "find",
            "description": "Finds <|end|> \"things\" — é",
            "parameters": {
                "type": "object",
                "properties": {
                    "place": {"type": "string", "enum": ["a", "b's"]},
                    "count": {"type": "integer", "default": 3},
                    "ratio": {"type": ["number", "null"], "default": 0.5},
                    "more": {"type": "object", "properties": {"x": {"type": "boolean", "default": True}}},
                },
                "required": ["place"],
            },
        },
    }
]

EVIL = "{{ 7*7 }} {% raw %} <|end|> <|system|> </s> {# c #}"
CALL = [{"type": "function", "function": {"name": "find", "arguments": {"place": EVIL, "n": [1, 2.5, None, True]}}}]


def message(role, content, **more):
    return {"role": role, "content": content, **more}


def called(number, arguments):
    return {"type": "function", "id": f"call0000{number}", "function": {"name": "find", "arguments": arguments}}


def answered(number, content):
    return {"role": "tool", "name": "find", "content": content, "tool_call_id": f"call0000{number}"}


CONVERSATIONS = {
    "plain": [message("user", "Hello?")],
    "turns": [message("system", " Be brief.\n"), message("user", "One?"), message("assistant", "Two."), message("user", "Three?")],
    "no turns": [message("user", "One?"), message("user", "Two?")],
    "evil": [message("system", EVIL), message("user", "\n" + EVIL + " \n"), message("assistant", EVIL), message("user", EVIL)],
    "empty": [message("system", ""), message("user", ""), message("assistant", ""), message("user", " \n\t")],
    "nobody": [],
    "unicode": [message("user", "\u00a0é中\U0001f600\u2028\u3000")],
    "thought": [
        message("user", "Why?"),
        message("assistant", "<think>\nhm\n\n</think>\n\nSo."),
        message("user", "And?"),
        message("assistant", "That.", reasoning_content="\nbecause <|end|>\n"),
    ],
    "tools": [
        message("user", "Where?"),
        message("assistant", "Let me see", tool_calls=CALL),
        message("tool", "{\"r\": 1}"),
        message("tool", EVIL),
        message("assistant", "There."),
    ],
    "content missing": [message("user", "Where?"), {"role": "assistant", "tool_calls": CALL}],
    "calls": [
        message("system", EVIL),
        message("user", "Where?"),
        message("assistant", None, tool_calls=[called(1, {"place": EVIL, "count": 3}), called(2, {"more": {"x": [1.0, None]}})]),
        answered(1, EVIL),
        answered(2, "b"),
        message("assistant", "There."),
        message("user", "And?"),
    ],
    "calls as texts": [
        message("user", "Where?"),
        message("assistant", None, tool_calls=[called(1, json.dumps({"place": EVIL})), called(2, "{}")]),
        answered(1, EVIL),
        answered(2, ""),
    ],
}


def render(template, **variables):
    try:
        return utils._compile_jinja_template(template).render(**variables)
    except Exception:
        return None


def main():
    language = [
        {"template": template, "rendered": render(template, **VARIABLES)}
        for template in ["{{ " + line + " }}" for line in EXPRESSIONS.strip("\n").split("\n")] + TEMPLATES
    ]
    chats = []
    for name, template in CHATS.items():
        for title, conversation in CONVERSATIONS.items():
            for more in ({}, {"enable_thinking": False, "thinking": False}, {"tools": TOOLS, "thinking": True}):
                for prompt in (True, False):
                    try:
                        rendered = utils.render_jinja_template(
                            [conversation],
                            chat_template=template,
                            add_generation_prompt=prompt,
                            bos_token="<s>",
                            eos_token="</s>",
                            **more,
                        )[0][0]
                    except Exception:
                        rendered = None
                    chats.append(
                        {
                            "template": name,
                            "conversation": title,
                            "variables": more,
                            "add_generation_prompt": prompt,
                            "rendered": rendered,
                        }
                    )
    cases = {
        "now": NOW.isoformat(),
        "variables": VARIABLES,
        "language": language,
        "templates": CHATS,
        "conversations": CONVERSATIONS,
        "chats": chats,
    }
    path = pathlib.Path(__file__).with_name("cases.json")
    path.write_text(json.dumps(cases, indent=1) + "\n")
    refused = sum(case["rendered"] is None for case in language)
    print(f"{len(language)} templates, {refused} of them refused, {len(chats)} conversations")


if __name__ == "__main__":
    main()
