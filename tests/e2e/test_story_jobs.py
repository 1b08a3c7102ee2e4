"""Writing a job, told by a browser to a whole installation; and whether everybody can use the pages."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.stack]


def open_jobs(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Demo").first.click()
    page.locator("#rail").get_by_role("link", name="Jobs").click()


def new_job(page: Page, name: str) -> None:
    open_jobs(page)
    page.get_by_role("link", name="New job").click()
    page.get_by_label("Name", exact=True).fill(name)  # in a dialog, or on a page of its own
    page.get_by_role("button", name="Create job").click()
    page.wait_for_url("**/jobs/*/")
    expect(page.locator("code-editor .ace_editor")).to_be_visible()


def test_a_job_is_written_seen_filled_in_saved_and_run(page: Page):
    new_job(page, "say hello")
    save = page.get_by_role("button", name="Save", exact=True)
    expect(save).to_be_disabled()
    page.locator(".ace_content").click()
    page.keyboard.type("echo hello ${who}")
    page.get_by_label("Parameters").fill("who = world")
    expect(page.locator("#job-preview")).to_contain_text("world")
    page.keyboard.press("Control+S")
    expect(page.locator("toast-list")).to_contain_text("Saved")
    expect(save).to_be_disabled()
    page.get_by_role("button", name="Run job").click()
    page.wait_for_url("**/runs/**")
    expect(page.locator("log-tail")).to_contain_text("hello world")


def test_what_is_refused_is_said_beside_the_field_and_nothing_typed_is_lost(page: Page):
    new_job(page, "never mind")
    page.locator(".ace_content").click()
    page.keyboard.type("echo kept")
    page.get_by_label("Environment").fill("no equals sign")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".field", has=page.get_by_label("Environment"))).to_contain_text("Line 1")
    expect(page.locator(".ace_content")).to_contain_text("echo kept")


def test_the_palette_goes_anywhere_by_keyboard(page: Page):
    open_jobs(page)
    page.wait_for_load_state("load")  # keys mean something once the scripts are there
    page.keyboard.press("Control+K")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.type("merge")
    expect(page.locator('#palette [aria-selected="true"]')).to_contain_text("merge")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("merge")


@pytest.mark.parametrize("theme", ("light", "dark"))
def test_everybody_can_use_the_pages(page: Page, theme):
    page.emulate_media(color_scheme=theme)
    open_jobs(page)
    project = re.search(r"/projects/\w+/", page.url)[0]
    places = (
        "jobs/",
        "clusters/",
        "settings/",
        "settings/members/",
        "settings/variables/",
        "settings/audit/",
    )
    job = page.locator("tr[data-href]").first.get_attribute("data-href")
    wrong = {}
    for path in ("/projects/", "/account/", project, job, *(project + place for place in places)):
        page.goto(path, wait_until="networkidle")
        found = Axe().run(page).response["violations"]
        wrong |= {path: [item["id"] for item in found]} if found else {}
    assert wrong == {}
