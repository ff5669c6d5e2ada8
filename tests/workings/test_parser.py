"""Tokens in, tree out: what binds what, and where each part of a tree stands in the source."""

from fractions import Fraction

import pytest

from tests.values import reading
from workings import tree as t
from workings.lexer import lex
from workings.parser import parse


def shape(node):
    """A tree in prefix notation, brackets left out."""
    match node:
        case t.Literal(value):
            return str(Fraction(value))
        case t.Symbol(head, ()):
            return head
        case t.Symbol(head, indices):
            return f"{head}[{' '.join(map(shape, indices))}]"
        case t.Operation("group", (inner,)):
            return shape(inner)
        case t.Operation(name, args):
            return f"({name} {' '.join(map(shape, args))})"
        case t.Call(head, args, primes):
            return f"({head}{chr(39) * primes} {' '.join(map(shape, args))})"
        case t.Component(body, indices):
            return f"{shape(body)}[{' '.join(map(shape, indices))}]"
        case t.Big(name, letters):
            return f"({name} {''.join(letters)}: {shape(node.body)})"
        case t.Derivative(body, by):
            return f"(d {shape(body)} by {' '.join(map(shape, by))})"
    return type(node).__name__


def tree(tex):
    scope = reading().scope
    return parse(lex(tex, scope.names()), scope)


BINDING = [
    ("s + a + s", "(add (add s a) s)"),
    ("s - a - s", "(subtract (subtract s a) s)"),
    ("s + a s", "(add s (product a s))"),
    ("-s a", "(negative (product s a))"),
    ("-s + a", "(add (negative s) a)"),
    ("-s^2", "(negative (power s 2))"),
    ("s a^2", "(product s (power a 2))"),
    ("s^{a^2}", "(power s (power a 2))"),
    ("s / a / s", "(divide (divide s a) s)"),
    ("s a / s", "(divide (product s a) s)"),
    (r"\sum_k o_k v_k", "(sum k: (product o[k] v[k]))"),
    (r"\sum_k o_k + s", "(add (sum k: o[k]) s)"),
    (r"\sum_k o_k \cdot s", "(sum k: (dot o[k] s))"),
    (r"\sum_k -o_k + s", "(add (sum k: (negative o[k])) s)"),
    (r"s \sum_k o_k", "(product s (sum k: o[k]))"),
    (r"\sum_n \sum_k O_{nk}", "(sum n: (sum k: O[n k]))"),
    (r"\prod_k v_k^2", "(product k: (power v[k] 2))"),
    ("o_k^2", "(power o[k] 2)"),
    ("o^2_k", "(power o[k] 2)"),
    ("e^{s}", "(exp s)"),
    (r"\log s + a", "(add (log s) a)"),
    (r"\log s^2", "(log (power s 2))"),
    (r"\log(s) a", "(product (log s) a)"),
    (r"\tanh^2(s)", "(power of each (tanh s) 2)"),
    ("s(1 - a)", "(product s (subtract 1 a))"),
    (r"\sigma(1 - a)", "(\\sigma (subtract 1 a))"),
    ("f(s)(a)", "(product (f s) a)"),
    (r"\frac{\partial L}{\partial o_i} s", "(product (d L by o[i]) s)"),
    (r"\frac{\partial}{\partial o_i} p_j s", "(d (product p[j] s) by o[i])"),
    (r"\frac{\partial}{\partial o_i} p_j + s", "(add (d p[j] by o[i]) s)"),
    (r"\frac{\partial^2 L}{\partial o_i \partial o_j}", "(d L by o[i] o[j])"),
    (r"\nabla_o L", "(d L by o)"),
    ("W^\\top x", "(product (transpose W) x)"),
    ("A v v^\\top", "(product (product A v) (transpose v))"),
    (r"A \odot A v", "(elementwise A (product A v))"),
    ("(A v)_i", "(product A v)[i]"),
    (r"\hat{y}_i", "\\hat{y}[i]"),
    (r"w_{m \to k}", "w[m k]"),
    ("O_k^{(n)}", "O[n k]"),
]


@pytest.mark.parametrize(("tex", "expected"), [pytest.param(*row, id=row[0]) for row in BINDING])
def test_what_binds_what(tex, expected):
    """Operators, sums, functions and derivatives take what a reader would give them."""
    assert shape(tree(tex)) == expected


PLACES = [
    (r"s + \frac{a}{2} s", "divide", r"\frac{a}{2}"),
    (r"s (a + s) s", "add", "a + s"),
    (r"s + a \cdot s - 1", "dot", r"a \cdot s"),
]


@pytest.mark.parametrize(("tex", "name", "source"), PLACES)
def test_where_a_part_stands(tex, name, source):
    """A part of the tree points at its own source, so that an edit or a caret can find it."""

    def find(node):
        if isinstance(node, t.Operation):
            if node.name == name:
                return node
            return next(filter(None, map(find, node.args)), None)
        return None

    node = find(tree(tex))
    assert tex[node.at : node.end] == source
