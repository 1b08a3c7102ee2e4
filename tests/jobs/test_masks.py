from __future__ import annotations

import base64
import html
import json
import re
import shlex
import subprocess
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from apps.jobs.actions import create_job
from apps.jobs.masks import SHORTEST_MASKED, Masks, hide_secrets, masks_for
from apps.projects.models import Connection, Project, Variable
from tests.people import People

SECRET = 'p@ss "wörd"/it\'s+1$x'
BYTES = SECRET.encode()


@pytest.mark.parametrize(
    "shown",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        re.sub("%..", lambda match: match[0].lower(), quote(SECRET, safe="")),
        urlencode({"k": SECRET})[2:],
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(SECRET))[3:-3],
        repr(SECRET)[1:-1],
        shlex.quote(SECRET),
        html.escape(SECRET),
        base64.b64encode(BYTES).decode(),
        base64.b64encode(BYTES + b"\n").decode(),
        BYTES.hex(),
        BYTES.hex().upper(),
    ],
)
def test_a_secret_is_hidden_in_each_form_that_programs_print_it_in(shown: str) -> None:
    assert Masks([SECRET]).text(f"value={shown};") == "value=******;"


@pytest.mark.parametrize("script", ['set -x; : "$0"', "printf '%q' \"$0\" >&2"])
def test_a_secret_is_hidden_as_a_shell_quotes_it(script: str) -> None:
    told = subprocess.run(["bash", "-c", script, "two words$x"], capture_output=True, text=True, check=True)
    assert "words" not in Masks(["two words$x"]).text(told.stderr)


@examples(deadline=None)
@given(before=st.binary(max_size=7), after=st.binary(max_size=7), data=st.data())
def test_a_secret_is_hidden_in_base64_wherever_it_stands(
    before: bytes, after: bytes, data: st.DataObject
) -> None:
    encode = data.draw(st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]))
    secret = data.draw(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40))
    encoded = encode(before + secret.encode() + after)
    masked = Masks([secret])(encoded)
    assert b"******" in masked
    # What is left of it at the edges is one character at each.
    start, end = (len(before) * 8 + 5) // 6, (len(before) + len(secret)) * 8 // 6
    assert encoded[start:end] not in masked


def test_a_long_secret_is_hidden_where_base64_breaks_its_lines() -> None:
    secret = "".join(chr(33 + n % 90) for n in range(400))
    shown = subprocess.run(["base64"], input=secret.encode(), capture_output=True, check=True).stdout
    assert {line for line in Masks([secret])(shown).split() if len(line) > 4} == {b"******"}


def test_what_is_short_is_shown_and_the_shortest_is_hidden() -> None:
    masks = Masks(["x" * (SHORTEST_MASKED - 1), "y" * SHORTEST_MASKED])
    assert masks.text("xxx yyyy") == "xxx ******"


def test_the_longest_of_several_secrets_is_hidden_whole() -> None:
    masks = Masks(["password", "password-of-all", "pass", "passport"])
    assert masks.text("a password-of-all, a passport, a passer") == "a ******, a ******, a ******er"


@given(words=st.lists(st.text("abc", min_size=SHORTEST_MASKED, max_size=6)), text=st.text("abc", max_size=60))
def test_nothing_of_a_secret_is_left_however_secrets_overlap(words: list[str], text: str) -> None:
    masked = Masks(words).text(text)
    assert not any(word in masked for word in words)


def test_what_is_secret_is_read_anew_only_when_it_changed(project: Project, people: People) -> None:
    variable = Variable.objects.create(project=project, name="token", value="first-token", secret=True)
    Variable.objects.create(project=project, name="plain", value="plain-value")
    before = masks_for(project)
    assert before.text("first-token plain-value") == "****** plain-value"
    assert masks_for(project) is before
    variable.value = "second-token"
    variable.save()
    assert masks_for(project).text("second-token") == "******"


def test_variables_of_jobs_and_passwords_of_connections_and_stores_are_secret(
    project: Project, people: People, settings: Any
) -> None:
    variables = [{"name": "k", "value": "of-the-job", "properties": {"password": True}}]
    text = json.dumps({"variables": variables})
    create_job(project, name="x", kind="SHELL", variables_text=text, by=people.bob)
    Connection.objects.create(project=project, name="c", address="db", password="of-the-connection")
    settings.HEADRACE_OBJECTS = {"HEADRACE_OBJECTS_SECRET": "of-the-store", "HEADRACE_OBJECTS_KEY": "key-id"}
    shown = masks_for(project).text("of-the-job of-the-connection of-the-store key-id")
    assert shown == "****** ****** ****** key-id"


def test_the_queries_for_secrets_do_not_grow_with_the_jobs(project: Project, people: People) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            masks_for(project)
        return len(asked)

    before = queries()
    for n in range(3):
        text = json.dumps({"variables": [{"name": "k", "value": f"value-{n}"}]})
        create_job(project, name=f"x{n}", kind="SHELL", variables_text=text, by=people.bob)
    assert queries() == before


def test_what_a_run_is_given_is_secret_by_its_name_and_by_its_value(project: Project, people: People) -> None:
    Variable.objects.create(project=project, name="token", value="first-token", secret=True)
    given = {"token": "another", "header": "Bearer first-token", "day": 3}
    shown, sealed = hide_secrets(project, given)
    assert shown == {"token": "******", "header": "******", "day": 3}
    assert json.loads(sealed) == {"token": "another", "header": "Bearer first-token"}
    assert masks_for(project, sealed).text("another first-token") == "****** ******"
    assert hide_secrets(project, {"day": 3}) == ({"day": 3}, "")
