"""The paper's notation for architectures, from string to layers (Table 4's caption).

``C(n, r, s)`` is a convolution with n filters of r x r and stride s, ``MP(n)`` max-pooling that
shrinks by n, ``FC(n)`` a dense layer, ``Drop(p)`` dropout, ``2xC(48)`` a repetition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NoReturn

from sk_hyperimage.neural_network.layers._arguments import Arguments, Token, whole
from sk_hyperimage.neural_network.layers._kinds import KINDS
from sk_hyperimage.neural_network.layers._layer import Layer, Shape, trace_shapes

# Beyond any network, and small enough that a slip such as 9999999xC(1) is an error at once.
MAX_REPEATED_LAYERS = 1000
MAX_NESTING = 20

# No layer's name begins with x, so the x of 2xC(48) is always a sign. Dashes are tokens, not
# blanks: they stand between layers, and a minus before a number must not vanish.
TOKEN = re.compile(
    r"(?P<number>\d+\.\d*|\.\d+|\d+)|(?P<name>[A-Za-wyz][A-Za-z]*)|(?P<sign>[(),*×x])"
    r"|(?P<dash>[-–—])",
    re.ASCII,
)
BLANKS = re.compile(r"\s*")
QUOTES = str.maketrans({quote: " " for quote in "'\"‘’“”`"})
# The words from which, and up to which, images of a pair go separate ways.
PATH_WORDS = {kind.path_change: word for word, kind in KINDS.items() if kind.path_change}
A_LAYER = "a layer such as C(16), MP(2) or FC(1)"


def parse(layers: str) -> tuple[Layer, ...]:
    """Read an architecture.

    Parameters
    ----------
    layers : str
        For instance ``"C(16) MP(2) 2xC(48) FC(400) Drop(0.5) FC(1,linear)"``. Layers are
        separated by blanks or, as in the paper, dashes.

    Returns
    -------
    layers : tuple of Layer

    Raises
    ------
    ValueError
        Where the string is no architecture: the position, what stands there, and what was
        expected.

    Examples
    --------
    >>> from sk_hyperimage.neural_network.layers import parse
    >>> [str(layer) for layer in parse("2xC(48) MP(2) - FC(1,'linear')")]
    ['C(48,3,1,relu,same)', 'C(48,3,1,relu,same)', 'MP(2)', 'FC(1,linear)']
    """
    parser = Parser(layers)
    parsed = tuple(parser.sequence(until="end"))
    for layer in parsed[1:]:
        if layer.only_first:
            parser.fail(layer.position, layer.word, f"{layer.word} only at the beginning")
    n_apart = 0
    for layer in parsed:
        n_apart += layer.path_change
        if n_apart not in (0, 1):
            parser.fail(layer.position, layer.word, f"{PATH_WORDS[-layer.path_change]} before it")
    if n_apart:
        parser.fail(len(layers), "the end", f"{PATH_WORDS[-1]} after {PATH_WORDS[1]}")
    if not any(layer.has_weights for layer in parsed):
        parser.fail(len(layers), "the end", "a layer with weights, C(...) or FC(...)")
    return parsed


def n_parameters(layers: str, input_shape: Shape) -> int:
    """Number of weights and biases of an architecture on samples of a shape.

    Examples
    --------
    >>> from sk_hyperimage.neural_network.layers import n_parameters
    >>> n_parameters("C(16) MP(2) FC(1,linear)", (4, 4, 1))  # 16 * (9 + 1) + 64 + 1
    225
    """
    parsed = parse(layers)
    shapes = trace_shapes(parsed, input_shape)
    return sum(layer.n_parameters(shape) for layer, shape in zip(parsed, shapes, strict=False))


class Parser:
    """Recursive descent over the tokens of one string."""

    def __init__(self, text: str):
        self.text = text
        self.tokens = list(self._tokenize(text.translate(QUOTES)))
        self.next = 0
        self.nesting = 0

    def _tokenize(self, text: str) -> Iterator[Token]:
        position = BLANKS.match(text).end()  # type: ignore[union-attr]
        while position < len(text):
            match = TOKEN.match(text, position)
            if match is None:
                self.fail(position, repr(text[position]), A_LAYER)
            yield Token(match.lastgroup, match.group(), position)  # type: ignore[arg-type]
            position = BLANKS.match(text, match.end()).end()  # type: ignore[union-attr]
        yield Token("end", "the end", len(text))

    def fail(self, position: int, found: str, expected: str) -> NoReturn:
        """Raise the error that shows where the string is at fault."""
        one_line = re.sub(r"\s", " ", self.text)
        raise ValueError(
            f"layers is not an architecture: at position {position} expected {expected}, found "
            f"{found}\n  {one_line}\n  {' ' * position}^"
        )

    def refuse(self, token: Token, expected: str) -> NoReturn:
        """Fail at a token."""
        self.fail(token.position, token.shown, expected)

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.next]

    def take(self, expected: str, *kinds: str, text: str | None = None) -> Token:
        """The next token, which is passed, if it is of one of these kinds and is this text."""
        token = self.token
        if token.kind not in kinds or text not in (None, token.text):
            self.refuse(token, expected)
        self.next += 1
        return token

    def sequence(self, until: str) -> Iterator[Layer]:
        """Layers up to the end of the string or the ")" of a group."""
        while self.token.kind != "end" and self.token.text != ")":
            if self.token.kind == "dash":
                self.next += 1
            else:
                yield from self.item()
        if until == "end":
            self.take(A_LAYER, "end")
        else:
            self.take("another layer or ')'", "sign", text=until)

    def item(self) -> list[Layer]:
        """A layer, or a repetition of a layer or of a group of layers."""
        count = self.token
        if count.kind != "number":
            return [self.layer()]
        self.next += 1
        times = whole(count, "a whole number of repetitions", self.refuse)
        if self.token.text not in ("x", "*", "×"):
            self.refuse(self.token, "'x' after a number of repetitions, as in 2xC(48)")
        self.next += 1
        repeated = self.repeated()
        if len(repeated) * times > MAX_REPEATED_LAYERS:
            self.refuse(count, f"at most {MAX_REPEATED_LAYERS} repeated layers")
        return repeated * times

    def repeated(self) -> list[Layer]:
        """A layer, a repetition, or a group in parentheses."""
        token = self.token
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.refuse(token, f"at most {MAX_NESTING} repetitions in each other")
        if token.text == "(":
            self.next += 1
            layers = list(self.sequence(until=")"))
            if not layers:
                self.fail(token.position, "nothing", "a layer inside the parentheses")
        else:
            layers = self.item()
        self.nesting -= 1
        return layers

    def layer(self) -> Layer:
        """A word and its arguments."""
        word = self.take(A_LAYER, "name")
        if word.text not in KINDS:
            self.refuse(word, f"one of {', '.join(KINDS)}")
        kind = KINDS[word.text]
        if kind.needs_arguments or self.token.text == "(":
            tokens = self.in_parentheses(word)
        else:
            tokens = [Token("sign", ")", self.token.position)]
        arguments = Arguments(tokens, self.refuse)
        layer = kind.read(arguments)
        arguments.words()  # there is none left
        return replace(layer, position=word.position)

    def in_parentheses(self, word: Token) -> list[Token]:
        """The arguments of a word, and the closing parenthesis."""
        self.take(f"'(' after {word.text}", "sign", text="(")
        tokens = [self.take("an argument", "number", "name")]
        while self.token.text == ",":
            self.next += 1
            tokens.append(self.take("an argument", "number", "name"))
        return [*tokens, self.take("',' or ')'", "sign", text=")")]
