import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sk_hyperimage.neural_network.layers import n_parameters, parse, trace_shapes
from sk_hyperimage.neural_network.layers._constrained import ConstrainedConv
from sk_hyperimage.neural_network.layers._conv import Conv
from sk_hyperimage.neural_network.layers._dropout import Dropout
from sk_hyperimage.neural_network.layers._fc import Dense
from sk_hyperimage.neural_network.layers._input import Input
from sk_hyperimage.neural_network.layers._normalization import BatchNorm, LocalResponseNorm
from sk_hyperimage.neural_network.layers._pool import AveragePool, MaxPool, MinMaxPool

activations = st.sampled_from(["linear", "relu", "tanh", "sigmoid"])
small = st.integers(1, 9)
layers = st.one_of(
    st.builds(Conv, small, small, small, activations, st.sampled_from(["same", "valid"])),
    st.builds(MaxPool, small),
    st.builds(MinMaxPool, small),
    st.builds(AveragePool, small),
    st.builds(MaxPool, small, st.integers(2, 4), st.sampled_from(["same", "valid"])),
    st.builds(ConstrainedConv, small, st.sampled_from([3, 5, 7])),
    st.builds(LocalResponseNorm, small),
    st.builds(BatchNorm, activations),
    st.builds(Dense, small, activations),
    st.builds(Dropout, st.sampled_from([0.0, 0.25, 0.5])),
)


@given(st.text(max_size=20))
def test_any_text_at_all_is_read_or_refused_with_a_value_error(text):
    try:
        parse(text)
    except ValueError as error:
        assert "at position" in str(error)


@given(st.lists(layers, max_size=8))
def test_what_a_layer_prints_is_read_back(sequence):
    sequence = (*sequence, Dense(1, "linear"))
    assert parse(" ".join(map(str, sequence))) == sequence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C(16)", (Conv(16, 3, 1, "relu", "same"),)),
        ("C(32, 7, 2)", (Conv(32, 7, 2),)),
        ("C(50,7,linear,valid)", (Conv(50, 7, 1, "linear", "valid"),)),
        ("2xC(48)", (Conv(48), Conv(48))),
        ("2 × C(48)", (Conv(48), Conv(48))),
        ("2 * ( C(128) – MP(2) )", (Conv(128), MaxPool(2)) * 2),
        ("2x(C(1) 2x(MP(2)) )", (Conv(1), MaxPool(2), MaxPool(2)) * 2),
        ("CC(12) LRN MP(3,2)",
         (ConstrainedConv(12, 5), LocalResponseNorm(5), MaxPool(3, 2, "same"))),
        ("2xBN 2x(LRN(2) BN(tanh))",
         (BatchNorm(),) * 2 + (LocalResponseNorm(2), BatchNorm("tanh")) * 2),
        ("FC(1) AP(3,2,valid)", (Dense(1), AveragePool(3, 2))),
        ("FC(1,‘linear’)", (Dense(1, "linear"),)),
        ("Input(10,10,400) - FC(400) – Drop(.5) - FC(1,'tanh')",
         (Input((10, 10, 400)), Dense(400), Dropout(0.5), Dense(1, "tanh"))),
    ],
)  # fmt: skip
def test_notation_of_the_paper(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "position", "found", "expected"),
    [
        ("C(16) MQ(2) FC(1)", 6, "'MQ'", "one of C, CC, MP"),
        ("C(16) MP 2", 9, "'2'", "'(' after MP"),
        ("C(x)", 2, "'x'", "an argument"),
        ("C(0)", 2, "'0'", "at least 1"),
        ("C(3.5)", 2, "'3.5'", "a whole number"),
        ("C(16,relu,relu)", 10, "'relu'", "same or valid"),
        ("FC(10,swish)", 6, "'swish'", "linear or relu or tanh or sigmoid"),
        ("FC(10,5)", 6, "'5'", "linear"),
        ("MP(2,2,2) C(1)", 7, "'2'", "same or valid"),
        ("MP(2,1) C(1)", 3, "'2'", "an odd size for a stride of 1"),
        ("MinMaxPool(2,2) C(1)", 13, "'2'", "')'"),
        ("CC(12,4) FC(1)", 6, "'4'", "an odd size of at least 3"),
        ("CC(12,1) FC(1)", 6, "'1'", "an odd size of at least 3"),
        ("CC FC(1)", 3, "'FC'", "'(' after CC"),
        ("LRN() FC(1)", 4, "')'", "an argument"),
        ("BN(5) FC(1)", 3, "'5'", "linear or relu"),
        ("Drop(1.0) FC(1)", 5, "'1.0'", "a rate in [0, 1)"),
        ("2 C(16)", 2, "'C'", "'x' after a number"),
        ("0xC(16)", 0, "'0'", "repetitions of at least 1"),
        ("2x(C(16)", 8, "the end", "another layer or ')'"),
        ("C(16))", 5, "')'", "a layer such as"),
        ("C(16", 4, "the end", "',' or ')'"),
        ("C(16) ; FC(1)", 6, "';'", "a layer such as"),
        ("C(1) Input(3,3)", 5, "Input", "only at the beginning"),
        ("", 0, "the end", "a layer"),
        ("MP(2)", 5, "the end", "a layer with weights"),
        ("C(-3)", 2, "'-'", "an argument"),
        ("FC(3) – Drop(-0.5)", 13, "'-'", "an argument"),
        ("C(4,3,–2)", 6, "'–'", "an argument"),
        ("2x() C(1)", 2, "nothing", "a layer inside"),
        ("2x(-) C(1)", 2, "nothing", "a layer inside"),
        ("FC(٣)", 3, "'٣'", "a layer such as"),
        ("1001xC(1)", 0, "'1001'", "at most 1000 repeated layers"),
        ("FC(2) 40x(40xC(1))", 6, "'40'", "at most 1000 repeated layers"),
        ("FC(1234567890)", 3, "'1234567890'", "at most 9 digits"),
        ("1x" * 21 + "C(1)", 42, "'C'", "at most 20 repetitions"),
    ],
)
def test_errors_name_position_token_and_expectation(text, position, found, expected):
    with pytest.raises(ValueError) as error:
        parse(text)
    message = str(error.value)
    assert f"at position {position} " in message
    assert f"found {found}" in message
    assert expected in message
    assert message.endswith(f"\n  {text}\n  {' ' * position}^")


@pytest.mark.parametrize("opening", ["2x(", "1x", "2*"])
def test_endless_nesting_is_refused_with_a_value_error(opening):
    with pytest.raises(ValueError, match="at most 20 repetitions in each other"):
        parse(opening * 5000 + "C(1)")


def test_the_caret_stands_under_a_mistake_in_a_string_of_several_lines():
    with pytest.raises(ValueError) as error:
        parse("C(16)\nMP(2)\n\tMQ(2)\nFC(1)")
    _, text, caret = str(error.value).split("\n")
    assert text[caret.index("^") :].startswith("MQ(2)")


@given(st.text(alphabet="CMPFDropInut()0123456789.,x*-–' linearelu", max_size=30))
def test_any_string_is_read_or_refused_with_a_value_error(text):
    try:
        parse(text)
    except ValueError as error:
        assert "at position" in str(error)


@pytest.mark.parametrize(
    ("text", "shape", "shapes"),
    [
        ("C(5,3,2)", (7, 8, 2), [(4, 4, 5)]),
        ("C(5,3,2,valid)", (7, 8, 2), [(3, 3, 5)]),
        ("C(50,7,valid) MinMaxPool(26) FC(3)", (32, 32, 3), [(26, 26, 50), (1, 1, 100), (3,)]),
        ("CC(12,5) LRN BN(relu) FC(1)", (9, 8, 2), [(5, 4, 12)] * 3 + [(1,)]),
        ("C(1) MP(3,2) MP(3,2)", (62, 7, 1), [(62, 7, 1), (31, 4, 1), (16, 2, 1)]),
        ("C(1) AP(3,2,valid) AP(3,1)", (62, 7, 1), [(62, 7, 1), (30, 3, 1), (30, 3, 1)]),
        ("C(5) AP(3) FC(3)", (7, 8, 2), [(7, 8, 5), (2, 2, 5), (3,)]),
        ("C(1) MP(2) MP(2) MP(2)", (10, 10, 4), [(10, 10, 1), (5, 5, 1), (2, 2, 1), (1, 1, 1)]),
    ],
)
def test_shapes_are_traced(text, shape, shapes):
    assert trace_shapes(parse(text), shape) == [shape, *shapes]


def test_a_layer_that_shrinks_its_input_to_nothing_is_reported_with_the_shape_there():
    with pytest.raises(ValueError, match=re.escape("MP(2) at position 16 of layers shrinks")) as e:
        trace_shapes(parse("C(4) MP(2) C(8) MP(2) FC(1)"), (3, 9, 1))
    assert "the shape is (1, 4, 8)" in str(e.value)
    assert "for samples of shape (3, 9, 1)" in str(e.value)


def test_a_convolution_after_a_dense_layer_is_refused():
    with pytest.raises(ValueError, match="takes images but gets the 7 units"):
        trace_shapes(parse("FC(7) C(3)"), (4, 4, 1))


def test_a_declared_input_is_compared_with_the_samples():
    layers = "Input(10,10) C(1) FC(1)"
    assert n_parameters(layers, (10, 10, 1)) == 10 + 101
    with pytest.raises(ValueError, match="samples have shape"):
        n_parameters(layers, (9, 10, 1))
