"""A data flow drawn by mouse, put right where it was wrong, and run."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.stack]

MAKE = """
from apps.jobs.actions import create_job
from apps.jobs.objects import store
from apps.projects.models import Project, User
objects = store()
objects.write("story", "orders/a.csv", b"id,city,amount\\n1,Seoul,50\\n2,Busan,150\\n3,Seoul,250\\n")
objects.write("story", "cities/a.csv", b"name,region\\nSeoul,north\\nBusan,south\\n")
project, by = Project.objects.get(name="Demo"), User.objects.get(username="admin")
print(create_job(project, name="drawn by hand", kind="DATAFLOW", by=by).ref)
"""


def node(page: Page, name: str) -> Locator:
    return page.locator(".fc-node", has=page.locator(".fc-label", has_text=name))


def panel_of(page: Page, name: str) -> Locator:
    expect(page.locator("#inspector .inspect-head h2")).to_have_text(name)
    return page.locator("#inspector")


def drop(page: Page, kind: str, label: str, x: int, y: int, name: str, **values: str) -> None:
    page.locator(f"[data-kind={kind}]").drag_to(page.locator("flow-canvas"), target_position={"x": x, "y": y})
    panel = panel_of(page, label)
    panel.get_by_label("Name", exact=True).first.fill(name)
    for field, value in values.items():
        panel.locator(f"[name={field}]").fill(value)
    save(page, name)


def save(page: Page, name: str) -> None:
    page.locator("#inspector").get_by_role("button", name="Save").click()
    expect(page.locator("#inspector .inspect-head h2")).to_have_text(name)
    expect(page.locator("#inspector form[data-touched]")).to_have_count(0)
    expect(node(page, name)).to_be_visible()


def connect(page: Page, one: str, two: str) -> None:
    start, end = node(page, one).bounding_box(), node(page, two).bounding_box()
    assert start and end
    middle = start["x"] + start["width"] / 2
    page.mouse.move(middle, start["y"] + start["height"] / 2)
    page.mouse.move(middle, start["y"] + start["height"] - 1)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=6)
    page.mouse.up()


def add_row(page: Page, title: str, **values: str) -> None:
    rows = page.locator(f'row-list[aria-label="{title}"]')
    rows.get_by_role("button", name="Add a").click()
    for key, value in values.items():
        box = rows.locator(f'ol > li:last-child [data-key="{key}"] :is(select, input)')
        if box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)


def read_fields(page: Page, count: int) -> None:
    page.get_by_role("button", name="Read from the data").click()
    expect(page.locator("row-list > ol > li")).to_have_count(count)


def choose(page: Page, name: str) -> None:
    node(page, name).locator(".fc-card").click()
    expect(page.locator("#inspector .inspect-head h2")).to_have_text(name)


def test_a_data_flow_is_drawn_filled_in_put_right_and_run(page: Page, stack):
    page.goto(f"/jobs/{stack.shell(MAKE)}/")
    expect(page.locator("flow-canvas svg").first).to_be_visible()
    source, storage = "SOURCE_OBS", "Read from storage"
    drop(page, source, storage, 180, 80, "orders", bucketName="story", prefix="orders")
    read_fields(page, 3)
    drop(page, source, storage, 460, 80, "cities", bucketName="story", prefix="cities")
    read_fields(page, 2)
    drop(page, "TRANSFORM_FILTER", "Filter rows", 180, 190, "large")
    drop(page, "TRANSFORM_JOIN", "Join tables", 320, 300, "placed")
    drop(page, "TARGET_OBS", "Write to storage", 320, 410, "report", bucketName="story", prefix="report")
    for ends in (("orders", "large"), ("large", "placed"), ("cities", "placed"), ("placed", "report")):
        connect(page, *ends)
    expect(page.locator(".fc-edge")).to_have_count(4)
    expect(page.locator(".save-state")).to_have_text("Saved")

    choose(page, "large")
    add_row(page, "Conditions", name="amount", operator="GT", value="a lot")
    save(page, "large")
    expect(page.locator("#inspector .error")).to_contain_text("a lot is not a value of amount")
    expect(page.locator(".fc-node.is-error", has_text="large")).to_be_visible()
    page.locator('#inspector [name="filterConditionList.value"]').fill("100")
    save(page, "large")
    choose(page, "placed")
    add_row(page, "Where", leftField="city", joinOperator="EQ", rightField="name")
    save(page, "placed")
    choose(page, "report")
    page.get_by_role("button", name="All columns").click()
    expect(page.locator("row-list > ol > li")).to_have_count(5)

    # A column that is taken away upstream is missed where it is used, and the list leads there.
    choose(page, "cities")
    page.locator("row-list > ol > li").last.get_by_role("button", name="Take out").click()
    save(page, "cities")
    page.get_by_role("tab", name="Problems").click()
    page.locator(".problem", has_text="there is no column region").click()
    expect(page.locator("#inspector .inspect-head h2")).to_have_text("report")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator('[data-part="problem-count"]')).to_have_text("0")

    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/runs/*/")
    expect(page.locator("#run-head")).to_contain_text("Succeeded")
    page.locator("#run-panel").get_by_role("link", name="drawn by hand").click()
    expect(node(page, "large")).to_contain_text("2 rows")
    expect(node(page, "report")).to_contain_text("2 rows")
