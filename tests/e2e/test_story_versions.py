"""The versions of a flow, told by a browser to a whole installation."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.stack]


def label(page: Page, node: str):
    return page.locator(f"flow-canvas [data-id={node}]")


def test_a_version_is_published_compared_with_the_draft_and_restored_as_one_step(page: Page, make_flow):
    page.goto(f"/flows/{make_flow('versioned', one='echo one', two='true')}/edit/")
    page.get_by_role("link", name="Publish").click()
    page.locator("#modal").get_by_label("What is new").fill("The first")
    page.locator("#modal").get_by_role("button", name="Publish").click()
    expect(page.locator("#unpublished")).to_have_text("Version 1 is published")
    label(page, "two").click()
    page.keyboard.press("Delete")
    expect(page.locator("#unpublished")).to_have_text("Unpublished: 1 node changed")
    page.locator("#unpublished a").click()
    expect(label(page, "two")).to_have_attribute("aria-label", re.compile("removed"))
    label(page, "two").click()
    expect(page.locator(".change[data-chosen] .is-out").last).to_have_text("- true")
    assert [item["id"] for item in Axe().run(page).response["violations"]] == []
    page.get_by_role("link", name="Restore r1").click()
    page.wait_for_url("**/edit/")
    expect(label(page, "two")).to_be_visible()
    expect(page.locator("#unpublished")).to_have_text("Version 1 is published")
    page.locator("flow-canvas").press("Control+Z")
    expect(label(page, "two")).to_have_count(0)
