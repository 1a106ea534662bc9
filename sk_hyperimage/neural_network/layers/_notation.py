"""The paper's notation for architectures, from string to layers (Table 4's caption).

``C(n, r, s)`` is a convolution with n filters of r x r and stride s, ``MP(n)`` max-pooling that
shrinks by n, ``FC(n)`` a dense layer, ``Drop(p)`` dropout, ``2xC(48)`` a repetition.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

ACTIVATIONS = ("linear", "relu", "tanh", "sigmoid")

Shape = tuple[int, ...]

# Beyond any network, and small enough that a slip such as 9999999xC(1) is an error at once.
MAX_REPEATED_LAYERS = 1000
MAX_NESTING = 20
MAX_DIGITS = 9

# Beyond memory rather than beyond use: weights of the network, and values of one layer's output
# for one sample. In float32 a billion of them is 4 GB, and training needs that several times.
MAX_PARAMETERS = 2**30
MAX_OUTPUT_VALUES = 2**31


@dataclass(frozen=True)
class Layer:
    """One layer, and where it stands in its string."""

    position: int = field(default=0, compare=False, kw_only=True)

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of the output, (n_rows, n_cols, n_channels) or (n_units,)."""
        return shape

    def n_parameters(self, shape: Shape) -> int:
        """Weights and biases of the layer on an input of this shape."""
        return 0


@dataclass(frozen=True)
class Conv(Layer):
    """Convolution, "same" or unpadded ("valid")."""

    n_filters: int
    size: int = 3
    stride: int = 1
    activation: str = "relu"
    padding: str = "same"

    def __str__(self) -> str:
        sizes = f"{self.n_filters},{self.size},{self.stride}"
        return f"C({sizes},{self.activation},{self.padding})"

    def output_shape(self, shape: Shape) -> Shape:
        lost = 0 if self.padding == "same" else self.size - 1
        rows, cols = (-(-(side - lost) // self.stride) for side in shape[:2])
        return rows, cols, self.n_filters

    def n_parameters(self, shape: Shape) -> int:
        return self.n_filters * (self.size**2 * shape[-1] + 1)


@dataclass(frozen=True)
class MaxPool(Layer):
    """Max-pooling over squares that do not overlap; an incomplete border is dropped."""

    size: int

    def __str__(self) -> str:
        return f"MP({self.size})"

    def output_shape(self, shape: Shape) -> Shape:
        return shape[0] // self.size, shape[1] // self.size, shape[2]


@dataclass(frozen=True)
class MinMaxPool(MaxPool):
    """Min- and max-pooling side by side, the minima first (Table 5)."""

    def __str__(self) -> str:
        return f"MinMaxPool({self.size})"

    def output_shape(self, shape: Shape) -> Shape:
        return (*super().output_shape(shape)[:2], 2 * shape[2])


@dataclass(frozen=True)
class Dense(Layer):
    """Fully connected layer; it flattens what comes in."""

    n_units: int
    activation: str = "relu"

    def __str__(self) -> str:
        return f"FC({self.n_units},{self.activation})"

    def output_shape(self, shape: Shape) -> Shape:
        return (self.n_units,)

    def n_parameters(self, shape: Shape) -> int:
        n_inputs = 1
        for side in shape:
            n_inputs *= side
        return self.n_units * (n_inputs + 1)


@dataclass(frozen=True)
class Dropout(Layer):
    """Dropout."""

    rate: float

    def __str__(self) -> str:
        return f"Drop({self.rate})"


@dataclass(frozen=True)
class Input(Layer):
    """The input that an architecture is meant for; checked, not built."""

    shape: Shape

    def __str__(self) -> str:
        return f"Input({','.join(map(str, self.shape))})"

    def output_shape(self, shape: Shape) -> Shape:
        expected = self.shape if len(self.shape) == 3 else (*self.shape, 1)
        if shape != expected:
            raise ValueError(f"layers begin with {self} but the samples have shape {shape}")
        return shape


# No layer's name begins with x, so the x of 2xC(48) is always a sign. Dashes are tokens, not
# blanks: they stand between layers, and a minus before a number must not vanish.
TOKEN = re.compile(
    r"(?P<number>\d+\.\d*|\.\d+|\d+)|(?P<name>[A-Za-wyz][A-Za-z]*)|(?P<sign>[(),*×x])"
    r"|(?P<dash>[-–—])",
    re.ASCII,
)
BLANKS = re.compile(r"\s*")
QUOTES = str.maketrans({quote: " " for quote in "'\"‘’“”`"})


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
    >>> from sk_hyperimage.neural_network.layers._notation import parse
    >>> [str(layer) for layer in parse("2xC(48) MP(2) - FC(1,'linear')")]
    ['C(48,3,1,relu,same)', 'C(48,3,1,relu,same)', 'MP(2)', 'FC(1,linear)']
    """
    parser = _Parser(layers)
    parsed = tuple(parser.sequence(until="end"))
    for before, layer in zip((None, *parsed), parsed, strict=False):
        if isinstance(layer, Input) and before is not None:
            parser.fail(layer.position, "Input", "Input only at the beginning")
    if not any(isinstance(layer, (Conv, Dense)) for layer in parsed):
        parser.fail(len(layers), "the end", "a layer with weights, C(...) or FC(...)")
    return parsed


def trace_shapes(layers: tuple[Layer, ...], input_shape: Shape) -> list[Shape]:
    """Shape that comes into each layer, and what comes out of the last.

    Raises
    ------
    ValueError
        If a layer shrinks its input to nothing, takes images and gets a vector, or needs more
        memory than any machine that it is meant for has.
    """
    shapes = [tuple(input_shape)]
    n_parameters = 0
    for layer in layers:
        shape = shapes[-1]
        if isinstance(layer, (Conv, MaxPool)) and len(shape) != 3:
            raise ValueError(
                f"the layer {layer} at position {layer.position} of layers takes images but "
                f"gets the {shape[0]} units of a dense layer"
            )
        output = layer.output_shape(shape)
        if min(output) < 1:
            raise ValueError(
                f"the layer {layer} at position {layer.position} of layers shrinks its input to "
                f"nothing: there the shape is {shape} (n_rows, n_cols, n_channels), for samples "
                f"of shape {tuple(input_shape)}. Use larger samples or fewer pooling layers"
            )
        n_parameters += layer.n_parameters(shape)
        if n_parameters > MAX_PARAMETERS or math.prod(output) > MAX_OUTPUT_VALUES:
            raise ValueError(
                f"the layer {layer} at position {layer.position} of layers makes the network too "
                f"large for samples of shape {tuple(input_shape)}: {n_parameters} weights so far "
                f"(at most {MAX_PARAMETERS}) and {math.prod(output)} outputs (at most "
                f"{MAX_OUTPUT_VALUES}); the limits are MAX_PARAMETERS and MAX_OUTPUT_VALUES in "
                f"{__name__}"
            )
        shapes.append(output)
    return shapes


def n_parameters(layers: str, input_shape: Shape) -> int:
    """Number of weights and biases of an architecture on samples of a shape.

    Examples
    --------
    >>> from sk_hyperimage.neural_network.layers._notation import n_parameters
    >>> n_parameters("C(16) MP(2) FC(1,linear)", (4, 4, 1))  # 16 * (9 + 1) + 64 + 1
    225
    """
    parsed = parse(layers)
    shapes = trace_shapes(parsed, input_shape)
    return sum(layer.n_parameters(shape) for layer, shape in zip(parsed, shapes, strict=False))


class _Parser:
    """Recursive descent over the tokens of one string."""

    def __init__(self, text: str):
        self.text = text
        self.tokens = list(self._tokenise(text.translate(QUOTES)))
        self.next = 0
        self.nesting = 0

    def _tokenise(self, text: str) -> Iterator[tuple[str, str, int]]:
        position = BLANKS.match(text).end()  # type: ignore[union-attr]
        while position < len(text):
            match = TOKEN.match(text, position)
            if match is None:
                self.fail(position, repr(text[position]), "a layer such as C(16), MP(2) or FC(1)")
            assert match.lastgroup is not None
            yield match.lastgroup, match.group(), position
            position = BLANKS.match(text, match.end()).end()  # type: ignore[union-attr]
        yield "end", "the end", len(text)

    def fail(self, position: int, found: str, expected: str) -> NoReturn:
        one_line = re.sub(r"\s", " ", self.text)
        raise ValueError(
            f"layers is not an architecture: at position {position} expected {expected}, found "
            f"{found}\n  {one_line}\n  {' ' * position}^"
        )

    def take(self, kind: str, expected: str, value: str | None = None) -> str:
        found_kind, found, position = self.tokens[self.next]
        if found_kind != kind or value not in (None, found):
            self.fail(position, found if found_kind == "end" else repr(found), expected)
        self.next += 1
        return found

    def peek(self) -> tuple[str, str, int]:
        return self.tokens[self.next]

    def sequence(self, until: str) -> Iterator[Layer]:
        """Items up to the end of the string or the ")" of a group."""
        while self.peek()[0] != "end" and self.peek()[1] != ")":
            if self.peek()[0] == "dash":
                self.next += 1
            else:
                yield from self.item()
        self.take(
            "end" if until == "end" else "sign",
            "a layer such as C(16), MP(2) or FC(1)" if until == "end" else "another layer or ')'",
            None if until == "end" else ")",
        )

    def item(self) -> list[Layer]:
        """A layer, or a repetition of a layer or of a group of layers."""
        kind, count, start = self.peek()
        if kind != "number":
            return [self.layer()]
        self.next += 1
        times = self.whole(count, start, "a whole number of repetitions")
        _, text, position = self.peek()
        if text not in ("x", "*", "×"):
            self.fail(position, repr(text), "'x' after a number of repetitions, as in 2xC(48)")
        self.next += 1
        repeated = self.repeated()
        if len(repeated) * times > MAX_REPEATED_LAYERS:
            self.fail(start, repr(count), f"at most {MAX_REPEATED_LAYERS} repeated layers")
        return repeated * times

    def repeated(self) -> list[Layer]:
        """What is repeated: a layer, a repetition, or a group in parentheses."""
        kind, text, position = self.peek()
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.fail(position, repr(text), f"at most {MAX_NESTING} repetitions in each other")
        if text == "(":
            self.next += 1
            layers = list(self.sequence(until=")"))
            if not layers:
                self.fail(position, "nothing", "a layer inside the parentheses")
        else:
            layers = self.item()
        self.nesting -= 1
        return layers

    def layer(self) -> Layer:
        name_position = self.peek()[2]
        name = self.take("name", "a layer such as C(16), MP(2) or FC(1)")
        if name not in LAYERS:
            self.fail(name_position, repr(name), f"one of {', '.join(LAYERS)}")
        self.take("sign", f"'(' after {name}", "(")
        arguments = [self.argument()]
        while self.peek()[1] == ",":
            self.next += 1
            arguments.append(self.argument())
        self.take("sign", "',' or ')'", ")")
        return LAYERS[name](self, name_position, arguments)

    def argument(self) -> tuple[str, str, int]:
        token = self.peek()
        if token[0] not in ("number", "name"):
            self.fail(token[2], token[1] if token[0] == "end" else repr(token[1]), "an argument")
        self.next += 1
        return token

    def whole(self, text: str, position: int, expected: str) -> int:
        if len(text) > MAX_DIGITS:
            self.fail(position, repr(text), f"{expected} of at most {MAX_DIGITS} digits")
        if not text.isdecimal() or int(text) < 1:
            self.fail(position, repr(text), f"{expected} of at least 1")
        return int(text)

    def sizes(self, arguments: list[tuple[str, str, int]], least: int, most: int) -> list[int]:
        """Leading whole numbers, removed from `arguments`."""
        sizes: list[int] = []
        while arguments and len(sizes) < most and arguments[0][0] == "number":
            _, text, position = arguments.pop(0)
            sizes.append(self.whole(text, position, "a whole number"))
        if len(sizes) < least:
            _, text, position = arguments[0] if arguments else self.tokens[self.next - 1]
            self.fail(position, repr(text), "a whole number")
        return sizes

    def words(
        self, arguments: list[tuple[str, str, int]], **choices: tuple[str, ...]
    ) -> dict[str, str]:
        """Remaining words, each a value of one of `choices`."""
        words: dict[str, str] = {}
        for _, text, position in arguments:
            keys = [key for key, values in choices.items() if text in values and key not in words]
            if not keys:
                allowed = [
                    v for key, values in choices.items() if key not in words for v in values
                ]
                self.fail(position, repr(text), f"{' or '.join(allowed)}" if allowed else "')'")
            words[keys[0]] = text
        return words


def _conv(parser: _Parser, position: int, arguments: list) -> Layer:
    sizes = parser.sizes(arguments, 1, 3)
    words = parser.words(arguments, activation=ACTIVATIONS, padding=("same", "valid"))
    return Conv(*sizes, **words, position=position)  # type: ignore[arg-type]


def _pool(kind: type[MaxPool]):
    def make(parser: _Parser, position: int, arguments: list) -> Layer:
        (size,) = parser.sizes(arguments, 1, 1)
        parser.words(arguments)
        return kind(size, position=position)

    return make


def _dense(parser: _Parser, position: int, arguments: list) -> Layer:
    (n_units,) = parser.sizes(arguments, 1, 1)
    return Dense(n_units, **parser.words(arguments, activation=ACTIVATIONS), position=position)


def _dropout(parser: _Parser, position: int, arguments: list) -> Layer:
    kind, text, at = arguments.pop(0)
    if kind != "number" or not 0 <= float(text) < 1:
        parser.fail(at, repr(text), "a rate in [0, 1)")
    parser.words(arguments)
    return Dropout(float(text), position=position)


def _input(parser: _Parser, position: int, arguments: list) -> Layer:
    shape = parser.sizes(arguments, 2, 3)
    parser.words(arguments)
    return Input(tuple(shape), position=position)


LAYERS = {
    "C": _conv,
    "MP": _pool(MaxPool),
    "MinMaxPool": _pool(MinMaxPool),
    "FC": _dense,
    "Drop": _dropout,
    "Input": _input,
}
