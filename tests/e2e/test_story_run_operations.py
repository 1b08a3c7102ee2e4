"""What one does to runs, told by a browser to a whole installation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.stack]


def start(page: Page, flow: str) -> None:
    page.goto(f"/flows/{flow}/edit/")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/runs/*/**")


def test_two_runs_of_the_list_are_killed_together(page: Page, make_flow: Callable[..., str]):
    flow = make_flow("to be killed", forever="sleep 600")
    for _ in range(2):
        start(page, flow)
        expect(page.locator("tr[data-ordinal]", has_text="forever").locator(".state")).to_have_text("Running")
    runs = page.locator("#rail").get_by_role("link", name="Runs").get_attribute("href")
    page.goto(f"{runs}?flow={flow}")
    for box in page.get_by_role("checkbox", name="Choose to be killed").all():
        box.check()
    page.locator("#bulk").get_by_role("button", name="Kill").click()
    expect(page.get_by_text("It touches 2 runs.")).to_be_visible()
    page.get_by_role("button", name="Kill 2").click()
    expect(page.get_by_text("Done with 2 runs.")).to_be_visible()
    page.get_by_role("link", name="Back to the runs").click()
    page.wait_for_url(f"**/runs/?flow={flow}")
    expect(page.locator("#run-table tbody .state")).to_have_text(["Killed", "Killed"])


def test_what_is_chosen_stays_chosen_and_in_place_while_runs_come(page: Page, make_flow: Callable[..., str]):
    flow = make_flow("quick", only="true")
    start(page, flow)
    expect(page.locator("#run-head .run-title .state")).to_have_text("Succeeded")
    runs = page.locator("#rail").get_by_role("link", name="Runs").get_attribute("href")
    page.goto(f"{runs}?flow={flow}")
    boxes = page.get_by_role("checkbox", name="Choose quick")
    boxes.check()
    other = page.context.new_page()
    start(other, flow)
    other.close()
    newer = page.get_by_role("button", name="Show new runs")
    expect(newer).to_be_visible()
    expect(boxes).to_have_count(1)
    expect(boxes).to_be_checked()
    newer.click()
    expect(boxes).to_have_count(2)
    expect(boxes.nth(0)).not_to_be_checked()
    expect(boxes.nth(1)).to_be_checked()


def test_a_flow_is_run_from_a_node_of_its_drawing(page: Page, make_flow: Callable[..., str]):
    flow = make_flow("in part", first="false", second="true", third="true")
    page.goto(f"/flows/{flow}/edit/")
    page.locator("flow-canvas [data-id=second]").click(button="right")
    page.get_by_role("menuitem", name="Run from here").click()
    dialog = page.locator("#modal")
    expect(dialog.get_by_role("radio", name="from")).to_be_checked()
    dialog.get_by_role("button", name="Run flow").click()
    page.wait_for_url("**/runs/*/**")
    expect(page.locator("#run-head .run-title .state")).to_have_text("Succeeded")
    first = page.locator("tr[data-ordinal]", has_text="first")
    expect(first.locator(".state")).to_have_text("Skipped")
    expect(first).to_contain_text("not chosen for this run")
    for name in ("second", "third"):
        expect(page.locator("tr[data-ordinal]", has_text=name).locator(".state")).to_have_text("Succeeded")
