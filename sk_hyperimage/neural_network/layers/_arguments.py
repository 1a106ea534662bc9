"""Arguments of a layer, as they stand between its parentheses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, NoReturn

MAX_DIGITS = 9


class Token(NamedTuple):
    """A word, number or sign, and where it begins."""

    kind: str
    text: str
    position: int

    @property
    def shown(self) -> str:
        """The token in an error message."""
        return self.text if self.kind == "end" else repr(self.text)


# Raises the error of a token in place of something expected.
Refuse = Callable[[Token, str], NoReturn]


def whole(token: Token, expected: str, refuse: Refuse) -> int:
    """A whole number of at least 1."""
    if len(token.text) > MAX_DIGITS:
        refuse(token, f"{expected} of at most {MAX_DIGITS} digits")
    if not token.text.isdecimal() or int(token.text) < 1:
        refuse(token, f"{expected} of at least 1")
    return int(token.text)


class Arguments:
    """Tokens that a layer takes away from the left; the last one is the closing parenthesis."""

    def __init__(self, tokens: list[Token], refuse: Refuse):
        self.tokens = tokens
        self.refuse = refuse

    def whole_numbers(self, least: int, most: int) -> list[int]:
        """Leading whole numbers, from `least` to `most` of them."""
        numbers: list[int] = []
        while len(numbers) < most and self.tokens[0].kind == "number":
            numbers.append(whole(self.tokens.pop(0), "a whole number", self.refuse))
        if len(numbers) < least:
            self.refuse(self.tokens[0], "a whole number")
        return numbers

    def rate(self) -> float:
        """A number from 0 to, but not including, 1."""
        token = self.tokens.pop(0)
        if token.kind != "number" or not 0 <= float(token.text) < 1:
            self.refuse(token, "a rate in [0, 1)")
        return float(token.text)

    def words(self, **choices: Iterable[str]) -> dict[str, str]:
        """All that is left, each a value of one of `choices`."""
        words: dict[str, str] = {}
        while len(self.tokens) > 1:
            token = self.tokens.pop(0)
            free = {key: values for key, values in choices.items() if key not in words}
            keys = [key for key, values in free.items() if token.text in values]
            if not keys:
                allowed = [value for values in free.values() for value in values]
                self.refuse(token, " or ".join(allowed) or "')'")
            words[keys[0]] = token.text
        return words
