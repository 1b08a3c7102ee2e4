"""A file from somebody's disk to a running job, told by a browser to a whole installation."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

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
