"""All that a drawing is edited by, told by a browser to a whole installation."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.e2e.test_story_editor import new_flow, saved
from tests.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.stack]

STEPS = 50
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def open_flow(page: Page, ref: str) -> None:
    page.goto(f"/flows/{ref}/edit/")
    expect(page.locator("flow-canvas .fc-node").first).to_be_visible()


def stored(page: Page) -> str:
    """The drawing as the server has it, once all is saved."""
    saved(page)
    address = page.locator("flow-canvas").get_attribute("src") or ""
    text: str = page.request.get(address).json()["text"]
    return text


def nodes(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(stored(page))["nodes"]
    return found


def drag(page: Page, start: tuple[float, float], to: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*to, steps=4)
    page.mouse.up()


def middle(node: Locator) -> tuple[float, float]:
    box = node.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def lower_port(node: Locator) -> tuple[float, float]:
    box = node.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] - 2


def node_named(page: Page, name: str) -> Locator:
    return page.locator("flow-canvas .fc-node", has_text=name).first


def chain(page: Page) -> list[str]:
    """The types of the nodes along the way from START."""
    drawn = json.loads(stored(page))
    following = {edge["source"]: edge["target"] for edge in drawn["edges"]}
    types = {node["id"]: node["attribute"]["type"] for node in drawn["nodes"]}
    found = [next(node for node, kind in types.items() if kind == "START")]
    while found[-1] in following:
        found.append(following[found[-1]])
    return [types[node] for node in found]


def test_a_flow_of_twelve_nodes_is_drawn_with_the_mouse_alone(page: Page):
    new_flow(page, "by mouse")
    frame = page.locator("flow-canvas").bounding_box()
    assert frame is not None
    left, top = frame["x"], frame["y"]
    drag(page, middle(node_named(page, "End")), (left + 380, top + 500))
    drag(page, middle(node_named(page, "Start")), (left + 230, top + 50))
    last = node_named(page, "Start")
    for number in range(10):
        # Two columns, from above to below.
        drag(page, lower_port(last), (left + 130 + number % 2 * 200, top + 95 + number // 2 * 75))
        page.get_by_role("option").nth(number % 3).click()
        chosen = page.locator("flow-canvas .fc-node.is-selected")
        expect(page.locator("flow-canvas .fc-node")).to_have_count(number + 3)
        last = page.locator(f'flow-canvas [data-id="{chosen.get_attribute("data-id")}"]')
    drag(page, lower_port(last), middle(node_named(page, "End")))
    assert chain(page) == ["START", *["JOB"] * 10, "END"]


def test_a_flow_of_twelve_nodes_is_drawn_with_keys_alone(page: Page):
    new_flow(page, "by keys")
    page.locator("flow-canvas .fc-start").focus()
    page.keyboard.press("Home")
    for number in range(10):
        page.keyboard.press("a")
        expect(page.get_by_role("combobox", name="Add a node")).to_be_focused()
        page.keyboard.type(("extract", "merge", "report")[number % 3])
        page.keyboard.press("Enter")
        expect(page.locator("flow-canvas .fc-node")).to_have_count(number + 3)
    page.keyboard.press("F2")
    page.keyboard.type("the last one")
    page.keyboard.press("Enter")
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+L")
    expect(page.locator(".fc-live")).to_have_text("The drawing is arranged.")
    assert chain(page) == ["START", *["JOB"] * 10, "END"]
    assert "the last one" in {node.get("label") for node in nodes(page)}


def test_fifty_steps_are_undone_and_done_again_to_the_letter(page: Page, make_flow: Callable[..., str]):
    open_flow(page, make_flow("undone", one="true", two="true", three="true"))
    before = stored(page)
    page.locator("flow-canvas [data-id=one]").click()
    for keys in ("Control+d", "d", "Shift+l", "Delete", "Alt+ArrowDown") * 10:
        if keys in ("Delete", "Control+d"):
            page.keyboard.press("Home")
            page.keyboard.press("ArrowDown")
        page.keyboard.press(keys)
        if keys == "Shift+l":
            expect(page.locator("flow-canvas")).not_to_have_attribute("aria-busy", "true")
    done = page.evaluate("document.querySelector('flow-canvas').stage.editing.history.done.length")
    assert done >= STEPS - 15, "some steps change nothing"
    after = stored(page)
    assert after != before
    for _ in range(done):
        page.keyboard.press("Control+z")
    assert stored(page) == before
    for _ in range(done):
        page.keyboard.press("Control+y")
    assert stored(page) == after


def test_what_a_drawing_says_that_nobody_here_knows_survives_an_edit(
    page: Page, stack: Installation, make_flow: Callable[..., str]
):
    ref = make_flow("strange", one="true")
    known, unknown = '"id": "one"', '"id": "one", "speed": 250.0, "ext": {"b": 1e2, "a": null}'
    stack.shell(
        "from apps.flows.models import Flow\n"
        f"document = Flow.objects.get(uid=0x{ref}).document\n"
        f"document.text = document.text.replace({known!r}, {unknown!r})\n"
        "document.save()"
    )
    open_flow(page, ref)
    before = json.loads(stored(page))
    assert unknown in stored(page)
    page.locator("flow-canvas [data-id=one]").click()
    page.keyboard.press("F2")
    page.keyboard.type("renamed")
    page.keyboard.press("Enter")
    expect(page.locator("#inspector h2")).to_have_text("renamed")
    text = stored(page)
    assert unknown in text
    one = next(node for node in before["nodes"] if node["id"] == "one")
    one["label"] = "renamed"
    assert json.loads(text) == before


def test_nodes_are_pasted_from_one_flow_into_another(page: Page, make_flow: Callable[..., str]):
    source, target = make_flow("copied", one="true", two="true"), make_flow("pasted", other="true")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_flow(page, source)
    page.locator("flow-canvas [data-id=one]").click()
    page.keyboard.press("Control+g")
    page.keyboard.type("sources")
    page.keyboard.press("Enter")
    page.locator("flow-canvas [data-id=one]").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    open_flow(page, target)
    page.locator("flow-canvas [data-id=other]").focus()
    page.keyboard.press("Control+v")
    expect(page.locator("flow-canvas .fc-node")).to_have_count(5)
    labels = [node.get("label") for node in nodes(page)]
    assert sorted(filter(None, labels)) == ["one", "other", "two"]
    assert len(json.loads(stored(page))["edges"]) == 3
    expect(page.locator("flow-canvas .fc-group")).to_have_text("sources")


def test_the_table_changes_the_drawing_and_its_jobs_and_undo_takes_both_back(
    page: Page, make_flow: Callable[..., str]
):
    open_flow(page, make_flow("table", one="true", two="true", three="true"))
    before = stored(page)
    page.locator("flow-canvas [data-id=one]").click()
    page.keyboard.press("t")
    grid = page.get_by_role("grid", name="Nodes")
    expect(grid.get_by_role("row")).to_have_count(4)
    for keys in ("Control+Home", "ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(keys)
    page.keyboard.type("host-a")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+d")
    retries = grid.get_by_role("row").locator(":nth-child(6)")
    expect(retries).to_have_text(["Retries", "3", "3", "0"])
    assert '"hostName": "host-a"' in stored(page)
    for _ in range(3):
        page.keyboard.press("Control+z")
    expect(retries).to_have_text(["Retries", "0", "0", "0"])
    assert stored(page) == before


def test_nothing_on_the_drawing_keeps_anybody_out(browser, stack: Installation, page: Page, make_flow):
    ref = make_flow("open to all", one="true", two="true")
    context = browser.new_context(base_url=stack.url, bypass_csp=True)
    context.add_cookies(page.context.cookies())
    other = context.new_page()
    open_flow(other, ref)
    assert violations(other) == []
    other.locator("flow-canvas [data-id=one]").click()
    other.keyboard.press("Shift+F10")
    expect(other.get_by_role("menuitem", name="Rename")).to_be_visible()
    assert violations(other) == []
    other.keyboard.press("Escape")
    other.keyboard.press("t")
    expect(other.get_by_role("grid", name="Nodes")).to_be_visible()
    assert violations(other) == []
    context.close()


def violations(page: Page) -> list[str]:
    return [found["id"] for found in Axe().run(page, options=WCAG).response["violations"]]
