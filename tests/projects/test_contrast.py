"""The words of every state can be read on every ground, in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = (Path(settings.BASE_DIR) / "static" / "css" / "tokens.css").read_text()
PAIRS = dict(re.findall(r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\)", TOKENS))
ALIASES = dict(re.findall(r"--([\w-]+): var\(--([\w-]+)\)", TOKENS))
GROUNDS = ("bg", "surface", "raised", "hover")
WORDS = ("text", "text-soft", "text-muted", "accent", "danger", "warning", "success")
STATES = tuple(name for name in PAIRS if name.startswith("state-"))


def colour(name: str, theme: int) -> str:
    return PAIRS[ALIASES.get(name, name)].split(", ")[theme]


def luminance(hex_colour: str) -> float:
    parts = [int(hex_colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", (0, 1), ids=("light", "dark"))
@pytest.mark.parametrize("word", (*WORDS, *STATES))
def test_words_have_at_least_four_and_a_half_to_one(word, theme):
    for ground in GROUNDS:
        assert contrast(colour(word, theme), colour(ground, theme)) >= 4.5, ground


@pytest.mark.parametrize("theme", (0, 1), ids=("light", "dark"))
@pytest.mark.parametrize(
    ("word", "ground"),
    [
        ("on-accent", "accent"),
        ("accent", "accent-soft"),
        ("danger", "danger-soft"),
        ("warning", "warning-soft"),
        ("success", "success-soft"),
        ("text-soft", "gray-4"),
    ],
)
def test_words_on_their_own_ground_can_be_read(word, ground, theme):
    assert contrast(colour(word, theme), colour(ground, theme)) >= 4.5


@pytest.mark.parametrize("theme", (0, 1), ids=("light", "dark"))
def test_the_edge_of_a_field_can_be_seen(theme):
    for ground in ("surface", "raised"):
        assert contrast(colour("control-border", theme), colour(ground, theme)) >= 3
