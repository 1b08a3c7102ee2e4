from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from django.db import connection

from apps.drawings.actions import Stale, apply_operations, new_document, replace_text
from apps.drawings.models import Document, Operation
from apps.drawings.queries import MAX_STEPS, problems_of, steps_since
from apps.lib.errors import Invalid
from apps.projects.actions import create_project
from apps.projects.models import User

TEXT = '{"nodes": [{"id": "a", "x": 1}, {"id": "b"}], "edges": []}'


def move(x: float, node: str = "a") -> dict[str, Any]:
    return {"op": "move", "moves": [[node, x, 0]]}


@pytest.fixture
def anna(db: None) -> User:
    return User.objects.create_user("anna")


@pytest.fixture
def bert(db: None) -> User:
    return User.objects.create_user("bert")


@pytest.fixture
def document(anna: User) -> Document:
    return new_document(create_project(name="p", by=anna), TEXT, by=anna)


def test_operations_make_the_next_version_and_are_kept(document: Document, anna: User) -> None:
    saved = apply_operations(document, base_version=1, ops=[move(2)], label="Move a", client="tab-1", by=anna)
    assert (saved.version, saved.modified_by) == (2, anna)
    assert saved.text == TEXT.replace('"x": 1', '"x": 2, "y": 0')
    step = Operation.objects.get(document=document)
    assert (step.version, step.ops, step.label, step.client, step.author) == (
        2,
        [move(2)],
        "Move a",
        "tab-1",
        anna,
    )


def test_the_second_of_two_editors_is_told_what_the_first_did(
    document: Document, anna: User, bert: User
) -> None:
    berts = Document.objects.get(pk=document.pk)
    apply_operations(document, base_version=1, ops=[move(2)], label="Move a", client="tab-1", by=anna)
    with pytest.raises(Stale) as caught:
        apply_operations(berts, base_version=1, ops=[move(3)], client="tab-2", by=bert)
    assert caught.value.code == "conflict"
    assert caught.value.version == 2
    assert caught.value.since == [
        {"version": 2, "ops": [move(2)], "client": "tab-1", "author": "anna", "label": "Move a"}
    ]
    assert Operation.objects.count() == 1
    apply_operations(berts, base_version=2, ops=[move(3, "b")], by=bert)
    assert [node.get("x") for node in json.loads(berts.text)["nodes"]] == [2, 3]


def test_others_are_not_told_how_values_were_written(document: Document, anna: User) -> None:
    replace_text(document, TEXT.replace("1", "1.0"), by=anna)
    apply_operations(document, base_version=2, ops=[move(2)], by=anna)
    assert document.operations.get(version=3).ops == [move(2) | {"was": {"a": {"x": "1.0"}}}]
    assert steps_since(document, 2)[0]["ops"] == [move(2)]


@pytest.mark.django_db(transaction=True)
def test_of_two_editors_at_once_exactly_one_wins(document: Document, anna: User) -> None:
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def edit(x: float) -> None:
        mine = Document.objects.get(pk=document.pk)
        start.wait()
        try:
            apply_operations(mine, base_version=1, ops=[move(x)], by=anna)
            outcomes.append("saved")
        except Stale:
            outcomes.append("stale")
        finally:
            connection.close()

    editors = [threading.Thread(target=edit, args=(x,)) for x in (2, 3)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    document.refresh_from_db()
    assert sorted(outcomes) == ["saved", "stale"]
    assert (document.version, Operation.objects.filter(document=document).count()) == (2, 1)


def test_when_one_operation_does_not_fit_nothing_is_stored(document: Document, anna: User) -> None:
    with pytest.raises(Invalid) as caught:
        apply_operations(document, base_version=1, ops=[move(2), move(3, "gone")], by=anna)
    assert caught.value.field == "ops.1"
    document.refresh_from_db()
    assert (document.text, document.version, Operation.objects.count()) == (TEXT, 1, 0)


@pytest.mark.parametrize("text", ["\0", "\ud800"])
def test_text_that_no_database_keeps_is_refused(document: Document, anna: User, text: str) -> None:
    op = {"op": "set", "of": "node", "id": "a", "path": ["label"], "value": text}
    with pytest.raises(Invalid):
        apply_operations(document, base_version=1, ops=[op], by=anna)


def test_a_backslash_before_u0000_is_only_a_backslash(document: Document, anna: User) -> None:
    op = {"op": "set", "of": "node", "id": "a", "path": ["label"], "value": "\\u0000"}
    assert (
        json.loads(apply_operations(document, base_version=1, ops=[op], by=anna).text)["nodes"][0]["label"]
        == "\\u0000"
    )


def test_a_whole_text_is_one_stored_operation(document: Document, anna: User) -> None:
    replace_text(document, '{"nodes": []}', by=anna)
    assert (document.version, document.text) == (2, '{"nodes": []}')
    assert steps_since(document, 1)[0]["ops"] == [{"op": "replace", "text": '{"nodes": []}'}]


def test_a_whole_text_without_a_base_replaces_what_is_there_now(document: Document, anna: User) -> None:
    other = Document.objects.get(pk=document.pk)
    apply_operations(other, base_version=1, ops=[move(2)], by=anna)
    assert replace_text(document, "{}", by=anna).version == 3


def test_a_whole_text_with_an_old_base_is_refused(document: Document, anna: User) -> None:
    apply_operations(document, base_version=1, ops=[move(2)], by=anna)
    with pytest.raises(Stale):
        replace_text(document, "{}", by=anna, base_version=1)


def test_the_same_text_again_is_no_new_version(document: Document, anna: User) -> None:
    assert replace_text(document, TEXT, by=anna).version == 1


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"nodes": {}}', '{"nodes": [1]}', '{"nodes": [{}]}', '"\ud800"']
)
def test_a_text_that_draws_no_graph_is_refused(document: Document, anna: User, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        replace_text(document, text, by=anna)
    assert caught.value.field == "graph"
    with pytest.raises(Invalid):
        new_document(document.project, text, by=anna)


def test_who_is_far_behind_gets_the_whole_text(document: Document, anna: User) -> None:
    for version in range(1, MAX_STEPS + 2):
        apply_operations(document, base_version=version, ops=[move(version)], by=anna)
    assert len(steps_since(document, 2)) == MAX_STEPS
    for odd_version in (1, 0, -5, document.version + 1):
        (step,) = steps_since(document, odd_version)
        assert (step["version"], step["ops"]) == (
            document.version,
            [{"op": "replace", "text": document.text}],
        )


def test_the_rules_depend_on_what_is_drawn(document: Document) -> None:
    assert {problem.code for problem in problems_of(document)} >= {"no_start", "no_job"}
    document.kind = "dataflow"
    assert problems_of(document) == []


def test_notes_are_kept_in_a_key_of_ours_and_leave_no_trace_when_they_are_taken_back(
    document: Document, anna: User
) -> None:
    path = ["headrace", "notes", "n1"]
    note = {"op": "set", "of": "graph", "path": path, "value": {"x": 10, "y": 0, "text": "why"}}
    saved = apply_operations(document, base_version=1, ops=[note], by=anna)
    assert json.loads(saved.text)["headrace"] == {"notes": {"n1": {"x": 10, "y": 0, "text": "why"}}}
    both = [{**note, "path": [*path, "text"], "value": "so"}, move(5)]
    saved = apply_operations(saved, base_version=2, ops=both, by=anna)
    drawn = json.loads(saved.text)
    assert (drawn["headrace"]["notes"]["n1"]["text"], drawn["nodes"][0]["x"]) == ("so", 5)
    back = [{"op": "unset", "of": "graph", "path": ["headrace"]}]
    assert "headrace" not in json.loads(apply_operations(saved, base_version=3, ops=back, by=anna).text)


@pytest.mark.parametrize("path", [["nodes"], ["title"], [], "headrace"])
def test_of_the_graph_itself_only_what_is_ours_is_set(document: Document, anna: User, path: Any) -> None:
    op = {"op": "set", "of": "graph", "path": path, "value": 1}
    with pytest.raises(Invalid):
        apply_operations(document, base_version=1, ops=[op], by=anna)
