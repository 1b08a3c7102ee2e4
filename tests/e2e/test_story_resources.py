"""A file from somebody's disk to a running job, told by a browser to a whole installation."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.e2e.test_story_jobs import new_job

pytestmark = [pytest.mark.browser, pytest.mark.stack]


def test_a_file_is_uploaded_chosen_for_a_job_and_lies_beside_it_when_it_runs(page: Page):
    new_job(page, "reads a table")
    job = page.url
    page.locator("#rail").get_by_role("link", name="Resources").click()
    expect(page.get_by_role("heading", name="Nothing is stored here yet")).to_be_visible()
    files = [
        {"name": "table one.csv", "mimeType": "text/csv", "buffer": b"read me\n"},
        {"name": "large.bin", "mimeType": "application/octet-stream", "buffer": bytes(1 << 20)},
    ]
    page.set_input_files("#upload-files", files)
    expect(page.get_by_role("link", name="large.bin", exact=True)).to_be_visible()
    expect(page.locator("#resources")).to_contain_text("1.0")
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("link", name="Delete large.bin").click()
    page.get_by_role("button", name="Delete file").click()
    expect(page.get_by_role("link", name="large.bin", exact=True)).to_have_count(0)

    page.goto(job)
    page.locator(".ace_content").click()
    page.keyboard.type("cat input.csv")
    page.get_by_role("button", name="Add a file").click()
    page.get_by_role("textbox", name="Address").fill("res:///gone.csv")
    expect(page.locator(".resource-states")).to_contain_text("there is no such file")
    page.get_by_role("button", name="Choose from the storages").click()
    page.get_by_role("button", name=re.compile("table one.csv")).click()
    expect(page.get_by_role("textbox", name="Address")).to_have_value("res:///table one.csv")
    expect(page.locator(".resource-states")).to_have_text("")
    page.get_by_role("textbox", name="Name beside the job").fill("input.csv")
    page.get_by_role("button", name="Run job").click()
    page.wait_for_url("**/runs/**")
    expect(page.locator("log-tail")).to_contain_text("input.csv: 8 bytes of res:///table one.csv")
    expect(page.locator("log-tail")).to_contain_text("read me")


def test_a_file_that_waits_for_its_turn_is_not_sent_once_it_is_cancelled(page: Page):
    page.goto("/projects/")
    page.get_by_role("link", name="Demo", exact=True).first.click()
    page.locator("#rail").get_by_role("link", name="Resources").click()
    held: list[Route] = []
    page.route(lambda url: "name=" in url, lambda route: held.append(route))
    names = ("sent.csv", "kept.csv")
    page.set_input_files(
        "#upload-files", [{"name": name, "mimeType": "text/csv", "buffer": b"1\n"} for name in names]
    )
    page.locator(".uploads li", has_text="kept.csv").get_by_role("button", name="Cancel").click()
    expect(page.locator(".uploads li")).to_have_count(1)
    held[0].continue_()
    expect(page.get_by_role("link", name="sent.csv", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="kept.csv", exact=True)).to_have_count(0)
    assert [route.request.url.rpartition("=")[2] for route in held] == ["sent.csv"]
