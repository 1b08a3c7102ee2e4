"""Two people on one flow, told by two browsers to a whole installation."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.stack]


def node(page: Page, name: str):
    return page.locator(f"flow-canvas [data-id={name}]")


def test_two_people_see_each_other_and_what_the_other_does(page: Page, browser, make_flow):
    flow = make_flow("together", one="true", two="true", three="true", four="true")
    # A browser of its own: the tabs of one share what they hear.
    other = browser.new_context(storage_state=page.context.storage_state(), base_url=page.url).new_page()
    for one in (page, other):
        one.goto(f"/flows/{flow}/edit/")
        expect(node(one, "one")).to_be_visible()
    expect(page.locator(".person")).to_have_text("AD")
    node(other, "two").click()
    expect(node(page, "two")).to_have_attribute("aria-label", re.compile("admin is here"))
    node(page, "two").click()
    other.locator("#inspector").get_by_label("Label").fill("second")
    expect(page.locator(".soft-lock")).to_contain_text("admin is editing this")
    other.keyboard.press("Control+S")
    expect(node(page, "two")).to_have_attribute("aria-label", re.compile("second"))
    # Both at once, at different nodes: both stay.
    node(page, "one").click()
    node(other, "four").click()
    page.keyboard.press("Delete")
    other.keyboard.press("Delete")
    for one in (page, other):
        expect(node(one, "one")).to_have_count(0)
        expect(node(one, "four")).to_have_count(0)
        expect(one.locator(".save-state")).to_have_text("Saved")
    other.goto("/projects/")
    expect(page.locator(".person")).to_have_count(0)
    other.context.close()


REPLACE = """
from apps.drawings.actions import replace_text
from apps.flows.models import Flow
drawing = Flow.objects.get(uid=0x{flow}).document
replace_text(drawing, drawing.text.replace('"one"', '"uno"'), by=None)
"""


def test_a_drawing_that_was_replaced_meanwhile_is_edited_once(page: Page, stack, make_flow):
    flow = make_flow("replaced", one="true", two="true")
    page.goto(f"/flows/{flow}/edit/")
    expect(node(page, "one")).to_be_visible()
    stack.shell(REPLACE.format(flow=flow))
    expect(node(page, "uno")).to_be_visible()
    node(page, "two").click()
    page.keyboard.press("Delete")
    expect(node(page, "two")).to_have_count(0)
    expect(page.locator(".save-state")).to_have_text("Saved")
    # What is kept for a crash is what is not saved: nothing edits the drawing that is gone.
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('headrace.draft'))") == []
