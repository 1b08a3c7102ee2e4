"""Drawing a flow, told by a browser to a whole installation."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.installation import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.stack]


def saved(page: Page) -> None:
    expect(page.locator(".save-state")).to_have_text("Saved")


def new_flow(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_role("link", name="Demo").first.click()
    page.get_by_role("link", name="Flows", exact=True).first.click()
    page.get_by_role("link", name="New flow").click()
    # In a dialog, or on a page of its own for who clicks before the scripts are there.
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create flow").click()
    page.wait_for_url("**/flows/*/edit/")
    expect(page.locator("flow-canvas svg").first).to_be_visible()


def drop(page: Page, kind: str, name: str) -> None:
    """Drag a kind onto the drawing and name the job that it becomes."""
    item = page.locator("flow-palette > details").get_by_text(kind, exact=True)
    item.drag_to(page.locator("flow-canvas"), target_position={"x": 150, "y": 300})
    page.locator("#modal").get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create job").click()


def test_a_new_kind_is_dropped_named_and_stays_after_a_reload(page: Page):
    new_flow(page, "drawn by hand")
    drop(page, "Shell", "say hello")
    expect(page.locator("#inspector h2")).to_have_text("say hello")
    saved(page)
    page.reload()
    page.get_by_role("tab", name="Outline").click()
    expect(page.locator("#outline")).to_contain_text("say hello")


def test_a_job_is_put_on_the_drawing_by_keys(page: Page, make_flow):
    page.goto(f"/flows/{make_flow('typed', one='true')}/edit/")
    expect(page.locator("flow-canvas svg").first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("extract")
    page.keyboard.press("Enter")
    expect(page.locator("#inspector h2")).to_have_text("extract")
    saved(page)
    page.locator("flow-canvas").press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("On the drawing")


def test_what_is_wrong_with_the_drawing_is_listed_while_it_is_drawn(page: Page):
    new_flow(page, "loose end")
    drop(page, "Python", "alone")
    expect(page.locator('[data-part="problem-count"]')).to_have_text("2")
    page.get_by_role("tab", name="Problems").click()
    expect(page.locator(".problem").first).to_be_visible()


def test_content_that_is_changed_in_the_inspector_is_what_runs(page: Page, make_flow):
    flow = make_flow("edited", speak="echo before")
    page.goto(f"/flows/{flow}/edit/")
    page.get_by_role("tab", name="Outline").click()
    page.locator("#outline").get_by_text("speak").click()
    editor = page.locator("#inspector code-editor")
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("echo after")
    page.keyboard.press("Control+S")
    expect(page.locator("toast-list")).to_contain_text("Node saved")
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator("tr[data-ordinal] a", has_text="speak").click()
    expect(page.locator("#run-panel log-tail")).to_contain_text("after")


def test_the_palette_goes_to_a_node_of_the_drawing(page: Page, make_flow):
    page.goto(f"/flows/{make_flow('searched', one='true', two='true')}/edit/")
    expect(page.locator("flow-canvas .fc-node").first).to_be_visible()
    page.keyboard.press("Control+K")
    page.keyboard.type("tw")
    expect(page.locator('#palette [aria-selected="true"]')).to_have_text(re.compile(r"two\s*Node · Shell"))
    page.keyboard.press("Enter")
    expect(page.locator("#palette")).not_to_be_visible()
    expect(page.locator("#inspector h2")).to_have_text("two")


def choose(page: Page, node: str) -> None:
    if not page.locator("#outline").is_visible():
        page.get_by_role("tab", name="Outline").click()
    page.locator("#outline").get_by_text(node).click()


def test_what_was_typed_in_the_panel_is_what_runs_though_it_was_not_saved_by_hand(page: Page, make_flow):
    page.goto(f"/flows/{make_flow('hasty', speak='echo before')}/edit/")
    choose(page, "speak")
    page.locator("#inspector code-editor").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("echo after")
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator("tr[data-ordinal] a", has_text="speak").click()
    expect(page.locator("#run-panel log-tail")).to_contain_text("after")


def test_what_was_typed_in_the_panel_and_is_wrong_stays_until_it_is_right(page: Page, make_flow):
    page.goto(f"/flows/{make_flow('wrong', one='true', two='true')}/edit/")
    choose(page, "one")
    page.locator("#inspector").get_by_label("Label").fill("first")
    page.locator("#inspector").get_by_label("Parameters").fill("{day: 1}")
    choose(page, "two")
    expect(page.locator("toast-list")).to_contain_text("not saved yet")
    expect(page.locator("#inspector").get_by_label("Parameters")).to_have_value("{day: 1}")
    expect(page.locator("#inspector").get_by_label("Label")).to_have_value("first")
    page.locator("#inspector").get_by_label("Parameters").fill('{"day": "1"}')
    choose(page, "two")
    expect(page.locator("#inspector h2")).to_have_text("two")
    expect(page.locator("#outline")).to_contain_text("first")


@pytest.mark.slow
def test_what_a_closed_tab_could_not_save_is_there_when_it_is_opened_again(page: Page, make_flow):
    url = f"/flows/{make_flow('closed', one='true')}/edit/"
    page.goto(url)
    page.locator("flow-canvas [data-id=one]").click()
    page.context.set_offline(True)
    page.keyboard.press("Delete")
    expect(page.locator(".save-state")).to_have_text("Not saved: no connection")
    again = page.context.new_page()
    page.close()
    again.context.set_offline(False)
    again.goto(url)
    # At once when it was still sent, a little later when it was not.
    expect(again.locator("flow-canvas [data-id=start]")).to_be_visible()
    expect(again.locator("flow-canvas [data-id=one]")).to_have_count(0)
    saved(again)


def test_a_schedule_says_when_it_would_fire_before_it_is_saved(page: Page, make_flow):
    flow = make_flow("timed", tick="true")
    page.goto(f"/flows/{flow}/edit/")
    page.get_by_role("link", name="Schedule").last.click()
    page.get_by_label("Cron", exact=True).press_sequentially("0 30 2 * * ?", delay=20)
    expect(page.locator("#fires")).to_contain_text("02:30:00")
    page.get_by_label("From").fill("2031-05-01T10:00")
    expect(page.locator("#fires")).to_contain_text("2031-05-02")
    page.get_by_label("Cron", exact=True).fill("every day")
    expect(page.locator("#fires .danger-text")).to_be_visible()


def test_everything_that_matters_works_without_scripts(browser, stack, make_flow):
    flow = make_flow("plain", only="echo plain")
    context = browser.new_context(java_script_enabled=False, base_url=stack.url)
    page = context.new_page()
    page.goto("/sign-in/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.goto(f"/flows/{flow}/edit/")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/runs/*/")
    expect(page.locator("#run-head h1")).to_contain_text("plain")
    context.close()
