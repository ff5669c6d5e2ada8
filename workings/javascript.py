"""A page's terms in, a JavaScript module out: the published rows themselves, to run in a browser.

Nothing of a page's text is executed: every name in the code is made here, and what a page calls
its symbols appears in it as quoted data only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from workings import tree as t
from workings.line import Line
from workings.pair import reach
from workings.reading import Reading
from workings.scope import argument_name
from workings.stepper import Bound, Unfit, bind

# How each function of the notation is written in JavaScript, `{0}` and `{1}` its arguments.
FUNCTIONS = {
    "negative": "-({0})", "divide": "({0})/({1})", "power": "power({0},{1})",
    "abs": "Math.abs({0})", "sign": "Math.sign({0})", "sqrt": "Math.sqrt({0})",
    "exp": "Math.exp({0})", "log": "Math.log({0})", "log2": "Math.log2({0})",
    "log10": "Math.log10({0})", "log1p": "Math.log1p({0})", "expm1": "Math.expm1({0})",
    "tanh": "Math.tanh({0})", "sinh": "Math.sinh({0})", "cosh": "Math.cosh({0})",
    "sech": "1/Math.cosh({0})", "sin": "Math.sin({0})", "cos": "Math.cos({0})",
    "tan": "Math.tan({0})", "sigmoid": "1/(1+Math.exp(-({0})))",
    "softplus": "Math.log1p(Math.exp({0}))", "relu": "Math.max(0,{0})",
}  # fmt: skip
COMPARE = {"=": "===", "≠": "!==", "<": "<", ">": ">", "≤": "<=", "≥": ">="}
PRELUDE = """\
const power = (x, y) => (Number.isInteger(y) || x >= 0 ? x ** y : NaN);
const fold = (name, first, last, meets, value) => {
  let out = name === "sum" ? 0 : name === "product" ? 1 : name === "max" ? -Infinity : Infinity;
  for (let k = first; k <= last; k += 1) {
    if (!meets(k)) continue;
    const x = value(k);
    if (name === "sum") out += x;
    else if (name === "product") out *= x;
    else out = name === "max" ? Math.max(out, x) : Math.min(out, x);
  }
  return out;
};
const kept = (w, key, value) => {
  if (!(key in w.memo)) w.memo[key] = value();
  return w.memo[key];
};
const array = (w, axes, value, env = []) =>
  env.length === axes.length
    ? value(w, env)
    : Array.from({ length: w.n[axes[env.length]] }, (_, k) => array(w, axes, value, [...env, k]));
const world = (inputs, sizes) => ({ x: inputs, n: sizes, memo: {} });
"""


class Writer:
    """Writes terms as JavaScript, and each definition they rest on as a function, once."""

    def __init__(self, reading: Reading) -> None:
        self.scope = reading.scope
        self.functions: dict[Any, str] = {}
        self.code: list[str] = []
        self.letters: dict[str, str] = {}

    def letter(self, name: str) -> str:
        return self.letters.setdefault(name, f"i{len(self.letters)}")

    def size(self, key: str) -> str:
        return f"w.n[{json.dumps(self.scope.axis(key))}]"

    def base(self, key: str) -> int:
        return self.scope.base.get(self.scope.axis(key), 1)

    def term(self, term: t.Term | None) -> str:
        """A term as an expression; its free letters are variables in scope."""
        match term:
            case t.Number():
                return number(term.value)
            case t.Constant(name):
                return "Math.E" if name == "e" else "Math.PI"
            case t.Size(axis):
                return self.size(axis)
            case t.Letter(name):
                return f"({self.letter(name)}+{self.base(name)})"
            case t.Entry(head, indices):
                return self.entry(head, [self.place(index) for index in indices])
            case t.Apply("add" | "times" as name, args):
                sign = "+" if name == "add" else "*"
                return "(" + sign.join(f"({self.term(arg)})" for arg in args) + ")"
            case t.Apply("max" | "min" as name, args):
                return f"Math.{name}({','.join(map(self.term, args))})"
            case t.Apply(name, args):
                return "(" + FUNCTIONS[name].format(*map(self.term, args)) + ")"
            case t.Fold():
                return self.fold(term)
            case t.Choose(branches):
                rest = "NaN"
                for tests, value in reversed(branches):
                    rest = f"({self.tests(tests)}?{self.term(value)}:{rest})"
                return rest
        raise TypeError(f"{type(term).__name__} can't be written in JavaScript")

    def place(self, term: t.Term) -> str:
        """An index as a position counted from 0."""
        match term:
            case t.Letter(name):
                return self.letter(name)
            case t.Entry(("position", at)):
                return str(at)
            case t.Entry(("last", axis)):
                return f"({self.size(axis)}-1)"
            case t.Entry(("place", axis), (t.Number(value),)):
                return str(int(value) - self.base(axis))
        return self.term(term)

    def entry(self, head: Any, places: list[str]) -> str:
        if head in self.scope.definitions:
            return f"{self.function(head)}({','.join(['w', *places])})"
        return f"w.x[{json.dumps(named(head))}]" + "".join(f"[{place}]" for place in places)

    def function(self, head: Any) -> str:
        """The name of the function that a definition became."""
        if head not in self.functions:
            name = self.functions[head] = f"f{len(self.functions)}"
            definition = self.scope.definitions[head]
            letters = [self.letter(letter) for letter in definition.letters]
            key = "`" + ",".join([name, *(f"${{{letter}}}" for letter in letters)]) + "`"
            body = f"kept(w, {key}, () => {self.term(definition.body)})"
            self.code.append(f"const {name} = ({', '.join(['w', *letters])}) => {body};")
        return self.functions[head]

    def fold(self, term: t.Fold) -> str:
        letter, base = self.letter(term.letter), self.base(term.axis)
        first = f"{self.term(term.lower)}-{base}" if term.lower is not None else "0"
        last = (
            f"{self.term(term.upper)}-{base}"
            if term.upper is not None
            else f"{self.size(term.axis)}-1"
        )
        meets, value = self.tests(term.tests), self.term(term.body)
        return f'fold("{term.name}",{first},{last},({letter})=>{meets},({letter})=>{value})'

    def tests(self, tests: Iterable[t.Test]) -> str:
        made = []
        for test in tests:
            read = self.place if test.index else self.term
            made.append(f"({read(test.left)}{COMPARE[test.relation]}{read(test.right)})")
        return "&&".join(made) or "true"

    def value(self, term: t.Term, letters: list[str], merged: dict[str, str]) -> str:
        """A side as a function of a world and the places of its letters."""
        names = [self.letter(name) for name in letters]
        for name, other in merged.items():
            self.letters[name] = self.letter(other)
        return f"(w, [{', '.join(names)}]) => {self.term(term)}"


def number(value: Fraction) -> str:
    return (
        str(value.numerator)
        if value.denominator == 1
        else f"({value.numerator}/{value.denominator})"
    )


def named(head: Any) -> str:
    """The name under which an input is handed over."""
    return argument_name(head) if isinstance(head, str) else "d" + argument_name(str(head[1]))


def module(reading: Reading) -> str:
    """A module that exports `chains` (the rows of each, as functions) and `symbols` (definitions).

    `chains[n].sides[k](world(inputs, sizes))` is the array of one side, over the chain's letters;
    entries that the chain's conditions leave out are null.
    """
    writer = Writer(reading)
    chains = [written for line in reading.lines if (written := chain(writer, line))]
    symbols = [symbol(writer, head) for head in reading.scope.definitions if isinstance(head, str)]
    body = [
        PRELUDE,
        *writer.code,
        f"const chains = [{','.join(chains)}];",
        f"const symbols = {{{','.join(symbols)}}};",
        "export { chains, symbols, world };",
    ]
    return "\n".join(body) + "\n"


def chain(writer: Writer, line: Line) -> str:
    """One chain as an object, or nothing where a side of it can't be read."""
    try:
        bound: Bound = bind(line)
    except Unfit:
        return ""
    axes = json.dumps([writer.scope.axis(letter) for letter in bound.letters])
    sides = []
    for term in bound.sides:
        value = writer.value(term, bound.letters, bound.merged)
        meets = writer.tests(line.setting.conditions)
        if meets != "true":
            names = ", ".join(writer.letter(name) for name in bound.letters)
            value = f"(w, e) => {{ const [{names}] = e; return {meets} ? ({value})(w, e) : null; }}"
        sides.append(f"(w) => array(w, {axes}, {value})")
    inputs = json.dumps(sorted(named(h) for h in reach(writer.scope, bound.sides)[0]))
    place = f"display: {line.number}, line: {line.order}"
    return f"{{{place}, axes: {axes}, inputs: {inputs}, sides: [{', '.join(sides)}]}}"


def symbol(writer: Writer, head: str) -> str:
    """One defined symbol as a function of a world."""
    definition = writer.scope.definitions[head]
    axes = json.dumps([writer.scope.axis(axis) for axis in definition.axes])
    call = f"(w, e) => {writer.function(head)}(w, ...e)"
    return f"{json.dumps(argument_name(head))}: (w) => array(w, {axes}, {call})"
