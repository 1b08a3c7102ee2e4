"""What one sees of a run, told by a browser to a whole installation."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.stack]


def state(page: Page, name: str):
    """The state cell of a node's row."""
    return page.locator("tr[data-ordinal]", has_text=name).locator(".state")


def test_the_demo_is_run_turns_green_and_its_report_is_one_click_away(page: Page):
    page.goto("/")
    page.get_by_role("link", name="Demo").first.click()
    page.get_by_role("link", name="Flows", exact=True).first.click()
    page.get_by_role("link", name="orders of the year").first.click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/runs/*/**")
    head = page.locator("#run-head")
    expect(head.locator(".run-title .state")).to_have_text("Succeeded")
    expect(state(page, "report")).to_have_text("Succeeded")
    page.locator("#run-head").get_by_role("link", name="Result").click()
    expect(page.locator("#run-tab log-tail")).to_contain_text("ORDERS OF THE YEAR")


def test_states_and_log_lines_come_by_themselves(page: Page, make_flow):
    flow = make_flow("steps", slow="for i in 1 2 3 4 5 6; do echo tick $i; sleep 0.5; done", after="true")
    page.goto(f"/flows/{flow}/edit/")
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator("tr[data-ordinal] a", has_text="slow").click()
    log = page.locator("#run-panel log-tail")
    expect(log).to_contain_text("tick 1")
    expect(log).not_to_contain_text("tick 6")
    expect(log).to_contain_text("tick 6")
    expect(state(page, "after")).to_have_text("Succeeded")
    expect(page.locator("#node-head .state")).to_have_text("Succeeded")
    assert page.locator("#run-panel .log-line").count() == 6


def test_a_node_that_fails_is_red_and_its_log_is_open_when_the_page_is_loaded_again(page: Page, make_flow):
    flow = make_flow("broken", wrong="echo the totals differ; exit 3", never="true")
    page.goto(f"/flows/{flow}/edit/")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#run-head .run-title .state")).to_have_text("Failed")
    page.goto(page.url.split("?")[0])
    expect(page.locator("#node-head")).to_contain_text("wrong")
    expect(page.locator("#run-panel log-tail")).to_contain_text("the totals differ")
    expect(page.locator("#node-head")).to_contain_text("3")


def test_on_a_phone_one_is_taken_to_the_log_of_the_node_that_one_chooses(page: Page, make_flow):
    others = {f"step{number}": "true" for number in range(8)}
    flow = make_flow("small", chosen="echo here it is", **others)
    page.goto(f"/flows/{flow}/edit/")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#run-head .run-title .state")).to_have_text("Succeeded")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#run-panel")).not_to_be_in_viewport()
    page.locator("tr[data-ordinal]", has_text="chosen").click()
    expect(page.locator("#run-panel log-tail")).to_contain_text("here it is")
    expect(page.locator("#node-head")).to_be_in_viewport()


def test_what_one_reads_of_a_list_stays_in_place_while_states_come(page: Page, make_flow):
    steps = {f"step{number}": "sleep 0.4" for number in range(24)}
    page.goto(f"/flows/{make_flow('many', **steps)}/edit/")
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator("tr[data-ordinal] a", has_text="step18").focus()
    scrolled = "list => list.scrollTop"
    before = page.locator(".run-scroll").evaluate(scrolled)
    expect(state(page, "step6")).to_have_text("Succeeded")
    assert page.locator(".run-scroll").evaluate(scrolled) == before > 0
    expect(page.locator("tr[data-ordinal] a", has_text="step18")).to_be_focused()


def test_the_facts_of_a_run_do_not_touch(page: Page, make_flow):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"/flows/{make_flow('of a length that leaves little', forever='sleep 30')}/edit/")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(state(page, "forever")).to_have_text("Running")
    boxes = [fact.bounding_box() for fact in page.locator(".run-facts > div").all()]
    line = [box for box in boxes if box and box["y"] < boxes[0]["y"] + 10]
    assert all(left["x"] + left["width"] < right["x"] for left, right in pairwise(line))


def test_a_run_is_killed_after_a_question(page: Page, make_flow):
    flow = make_flow("endless", forever="sleep 600")
    page.goto(f"/flows/{flow}/edit/")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(state(page, "forever")).to_have_text("Running")
    page.get_by_role("button", name="Kill", exact=True).click()
    page.get_by_role("button", name="Kill run").click()
    expect(page.locator("#run-head .run-title .state")).to_have_text("Killed")


def test_the_log_is_searched_and_stops_following_when_one_scrolls_up(page: Page, make_flow):
    flow = make_flow("long", talk="for i in $(seq 1 900); do echo line $i; done; sleep 2; echo the end")
    page.goto(f"/flows/{flow}/edit/")
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator("tr[data-ordinal] a", has_text="talk").click()
    log = page.locator("#run-panel log-tail")
    expect(log).to_contain_text("line 900")
    follow = log.get_by_role("button", name="Follow the end")
    expect(follow).to_have_attribute("aria-pressed", "true")
    blocks = log.locator(".log-block")
    assert all(
        block.locator(".log-line").first.evaluate("line => line.style.counterReset")
        == "line " + str(int(block.locator(".log-line").first.inner_text().split()[1]) - 1)
        for block in blocks.all()
    )
    log.locator(".log-lines").evaluate("lines => lines.scrollTo(0, 0)")
    expect(follow).to_have_attribute("aria-pressed", "false")
    expect(log).to_contain_text("the end")
    assert log.locator(".log-lines").evaluate("lines => lines.scrollTop") < 50
    log.get_by_label("Search the log").fill("line 899")
    expect(log.locator('[data-part="hits"]')).to_have_text("1 of 1 match")
    log.get_by_label("Search the log").fill("line 77")
    log.get_by_role("button", name="Search the whole log").click()
    expect(log.locator('[data-part="found-lines"] li')).to_have_count(11)
    log.get_by_role("button", name="77 line 77", exact=True).click()
    expect(log.locator(".log-line.is-found")).to_have_text("line 77")
    expect(log.locator(".log-line.is-found")).to_be_in_viewport()
    follow.click()
    expect(log.locator(".log-line").last).to_have_text("the end")


def test_two_tabs_share_one_stream(page: Page, make_flow):
    flow = make_flow("shared", wait="sleep 3", done="true")
    streams: list[str] = []
    page.context.on(
        "request", lambda request: streams.append(request.url) if "/live/?" in request.url else None
    )
    page.goto(f"/flows/{flow}/edit/")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/runs/*/**")
    other = page.context.new_page()
    other.goto(page.url)
    for tab in (page, other):
        expect(state(tab, "done")).to_have_text("Succeeded")
    other.close()


def test_a_browser_that_gets_no_stream_asks_every_few_seconds(page: Page, make_flow):
    flow = make_flow("cut off", wait="sleep 2", done="true")
    page.route("**/live/?*", lambda route: route.fulfill(status=503))
    page.goto(f"/flows/{flow}/edit/")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(state(page, "done")).to_have_text("Succeeded")


def test_everybody_can_use_the_page_of_a_run_and_its_editor(page: Page, make_flow):
    flow = make_flow("seen", look="echo something to read")
    page.goto(f"/flows/{flow}/edit/")
    expect(page.locator("flow-canvas svg").first).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Run", exact=True).click()
    expect(state(page, "End")).to_have_text("Succeeded")
    for tab in ("Time line", "Events", "Result", "Nodes"):
        page.locator(".run-tabs").get_by_text(tab).click()
        expect(page.locator(".run-tabs [aria-current]")).to_have_text(tab)
        assert violations(page) == []
    page.keyboard.press("Control+K")
    page.locator("#palette-q").fill("no such thing")
    expect(page.locator(".palette-nothing")).to_be_visible()
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def test_a_run_that_is_over_is_replayed_on_its_drawing(page: Page, make_flow):
    flow = make_flow("replayed", first="sleep 1", second="sleep 1")
    page.goto(f"/flows/{flow}/edit/")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#run-head .run-title .state")).to_have_text("Succeeded")
    node = page.locator("flow-canvas [data-id=second]")
    expect(node).to_have_attribute("aria-label", re.compile("Succeeded, .* s, decides when the run ends"))
    page.get_by_role("link", name="Time line").click()
    scrubber = page.get_by_role("slider", name="Time in the run")
    scrubber.fill("400")
    expect(node).to_have_attribute("aria-label", re.compile("Waiting"))
    page.get_by_role("button", name="Replay the run").click()
    expect(node).to_have_attribute("aria-label", re.compile("Running"))
    expect(node).to_have_attribute("aria-label", re.compile("Succeeded"))
    scrubber.fill("100")
    page.get_by_role("button", name="Back to now").click()
    expect(node).to_have_attribute("aria-label", re.compile("Succeeded"))
