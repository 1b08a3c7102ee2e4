"""Every sentence of the product is said in Chinese and in Korean too, with all that is filled into it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.conf import settings

LANGUAGES = ("zh_Hans", "ko")
CATALOGUES = [
    Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / f"{domain}.po"
    for language in LANGUAGES
    for domain in ("django", "djangojs")
]
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}|\$\{[^}]*\}|</?\w+>")


def messages(path: Path) -> list[Message]:
    with path.open("rb") as text:
        return [message for message in read_po(text, locale=path.parent.parent.name) if message.id]


def first_and_last(text: str | tuple[str, ...]) -> tuple[str, str]:
    return (text, text) if isinstance(text, str) else (text[0], text[-1])


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_nothing_is_left_out_or_guessed(path):
    assert [m.id for m in messages(path) if m.fuzzy or not all(first_and_last(m.string))] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_every_place_to_be_filled_is_there_once(path):
    for message in messages(path):
        wanted = first_and_last(message.id)[1]
        said = first_and_last(message.string)[0]
        assert Counter(PLACES.findall(said)) == Counter(PLACES.findall(wanted)), message.id


@pytest.mark.parametrize("domain", ("django", "djangojs"))
def test_both_languages_say_the_same_sentences(domain):
    chinese, korean = ({m.id for m in messages(p)} for p in CATALOGUES if p.stem == domain)
    assert chinese == korean
