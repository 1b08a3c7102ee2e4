from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.alerts.models import Contact, Delivery, DingTalkGroup, Rule, Try
from apps.projects.models import Member, Role, User
from tests.alerts.builders import NOW, rule

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(owner) -> Client:
    return signed_in(owner)


@pytest.fixture
def viewer(project) -> Client:
    user = User.objects.create_user("vera")
    Member.objects.create(project=project, user=user, user_name="vera", role=Role.VIEWER)
    return signed_in(user)


@pytest.fixture
def editor(project) -> Client:
    user = User.objects.create_user("edna")
    Member.objects.create(project=project, user=user, user_name="edna", role=Role.EDITOR)
    return signed_in(user)


@pytest.fixture
def stranger(db) -> Client:
    return signed_in(User.objects.create_user("stan"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def delivery(project) -> Delivery:
    return make_deliveries(project, 1)[0]


def make_deliveries(project, count: int) -> list[Delivery]:
    made = []
    for number in range(count):
        row = Delivery.objects.create(
            project=project,
            event_kind="flow.failed",
            channel="dingtalk",
            receiver_id=f"ADG-{number}",
            receiver_name="Data team",
            subject="Flow Nightly report failed",
            body="Flow Nightly report failed\n\n    <script>last line</script>",
            given_up_at=NOW,
            trouble="errcode 310000: sign not match",
            tries_made=1,
        )
        Try.objects.create(delivery=row, number=1, at=NOW, ok=False, answer="errcode 310000: sign not match")
        made.append(row)
    return made


def pages(project, flow, delivery, contact) -> list[str]:
    return [
        reverse("alerts:index", args=[project.ref]),
        reverse("alerts:receivers", args=[project.ref]),
        reverse("alerts:deliveries", args=[project.ref]),
        reverse("alerts:delivery", args=[project.ref, delivery.pk]),
        reverse("alerts:flow", args=[flow.ref]),
        reverse("alerts:new", args=[project.ref, "robots"]),
        reverse("alerts:edit", args=[project.ref, "contacts", contact.biz_id]),
    ]


def test_each_page_opens_whole_and_as_a_fragment(
    client, project, flow, delivery, contact, on_call, robot_group
):
    for url in pages(project, flow, delivery, contact):
        page, fragment = client.get(url), client.get(url, headers=HTMX)
        assert page.status_code == fragment.status_code == 200, url
        assert "<html" in page.text
        assert "<html" not in fragment.text


def test_a_stranger_finds_nothing_and_the_signed_out_sign_in(stranger, project, flow, delivery, contact):
    for url in pages(project, flow, delivery, contact):
        assert stranger.get(url).status_code == 404, url
        assert Client().get(url).status_code in (302, 404), url


def test_a_viewer_reads_and_changes_nothing(viewer, project, flow, delivery, contact, on_call):
    assert viewer.get(reverse("alerts:index", args=[project.ref])).status_code == 200
    posts = [
        reverse("alerts:index", args=[project.ref]),
        reverse("alerts:flow", args=[flow.ref]),
        reverse("alerts:new", args=[project.ref, "contacts"]),
        reverse("alerts:edit", args=[project.ref, "contacts", contact.biz_id]),
        reverse("alerts:delete", args=[project.ref, "contacts", contact.biz_id]),
        reverse("alerts:test", args=[project.ref, "contacts", contact.biz_id]),
        reverse("alerts:replay", args=[project.ref, delivery.pk]),
    ]
    for url in posts:
        assert viewer.post(url, {"name": "x"}).status_code == 403, url
    assert Contact.objects.get().name == "Mina"


def test_whoever_did_not_add_a_contact_does_not_change_it(editor, project, contact):
    for name in ("edit", "delete", "test"):
        url = reverse(f"alerts:{name}", args=[project.ref, "contacts", contact.biz_id])
        assert editor.post(url, {"name": "x"}).status_code == 403
    assert Contact.objects.get().name == "Mina"


def test_rules_of_a_project_are_chosen_by_a_plain_form(client, project, on_call):
    url = reverse("alerts:index", args=[project.ref])
    chosen = {"flow.failed.enabled": "on", "flow.failed.user_groups": [on_call.biz_id]}
    assert client.post(url, chosen | {"node.failed.user_groups": ["AUG-gone"]}).status_code == 302
    assert {(row.event, row.enabled, *row.user_groups) for row in Rule.objects.all()} == {
        ("flow.failed", True, on_call.biz_id),
        ("node.failed", False, "AUG-gone"),
    }
    page = client.get(url).text
    assert "On call" in page and "AUG-gone" in page


def test_rules_of_a_flow_keep_the_events_that_the_page_does_not_show(client, flow, on_call):
    flow.alert_rules = [rule("node.started", people=[on_call]), rule("flow.succeeded", people=[on_call])]
    flow.save()
    url = reverse("alerts:flow", args=[flow.ref])
    assert "Node started" in client.get(url).text
    answer = client.post(
        url, {"flow.failed.enabled": "on", "flow.failed.user_groups": on_call.biz_id}, headers=HTMX
    )
    assert answer.status_code == 204
    assert "toast" in answer["HX-Trigger"]
    flow.refresh_from_db()
    assert flow.alert_rules == [rule("flow.failed", people=[on_call]), rule("node.started", people=[on_call])]


def test_a_contact_is_added_changed_and_deleted_by_plain_forms(client, project):
    url = reverse("alerts:new", args=[project.ref, "contacts"])
    assert client.post(url, {"name": "Joon", "email": "joon@example.com"}).status_code == 302
    joon = Contact.objects.get()
    edit = reverse("alerts:edit", args=[project.ref, "contacts", joon.biz_id])
    refused = client.post(edit, {"name": "Joon", "email": "nonsense"})
    assert refused.status_code == 422
    assert client.post(edit, {"name": "Joon Park", "email": "joon@example.com"}).status_code == 302
    assert Contact.objects.get().name == "Joon Park"
    client.post(reverse("alerts:delete", args=[project.ref, "contacts", joon.biz_id]))
    assert not Contact.objects.exists()


def test_the_contacts_of_a_group_are_chosen_and_shown_as_chosen(client, project, on_call, contact, owner):
    joon = Contact.objects.create(name="Joon", owner=owner)
    url = reverse("alerts:edit", args=[project.ref, "groups", on_call.biz_id])
    assert f'value="{contact.biz_id}" id="id_contact_ids_1" checked' in client.get(url).text
    client.post(url, {"name": "On call", "contact_ids": [joon.biz_id]})
    assert list(on_call.contacts.all()) == [joon]


def test_webhook_and_secret_are_never_shown_and_an_empty_field_keeps_them(
    client, project, robot_group, robot
):
    robot_group.secret = "SEC-hush"
    robot_group.save()
    edit = reverse("alerts:edit", args=[project.ref, "robots", robot_group.biz_id])
    shown = client.get(edit).text + client.get(reverse("alerts:receivers", args=[project.ref])).text
    assert "hush-token" not in shown and "SEC-hush" not in shown

    assert client.post(edit, {"name": "Data", "webhook": "", "secret": ""}).status_code == 302
    group = DingTalkGroup.objects.get()
    assert (group.name, group.webhook, group.secret) == ("Data", robot.webhook, "SEC-hush")
    client.post(edit, {"name": "Data", "webhook": "https://example.com/new", "secret": ""})
    assert DingTalkGroup.objects.get().webhook == "https://example.com/new"


def test_the_test_button_says_what_came_back(client, project, robot_group, robot):
    url = reverse("alerts:test", args=[project.ref, "robots", robot_group.biz_id])
    assert "errcode 0: ok" in client.post(url, headers=HTMX)["HX-Trigger"]
    robot.answer = {"errcode": 310000, "errmsg": "sign not match"}
    assert "sign not match" in client.post(url, headers=HTMX)["HX-Trigger"]
    assert "sign not match" in client.post(url, follow=True).text


def test_deliveries_show_their_trouble_and_are_filtered_by_state(client, project, delivery):
    url = reverse("alerts:deliveries", args=[project.ref])
    assert "sign not match" in client.get(url).text
    assert "Data team" in client.get(url, {"state": "given_up"}).text
    assert "Data team" not in client.get(url, {"state": "delivered"}).text


def test_a_delivery_shows_its_message_and_answers_escaped(client, project, delivery):
    page = client.get(reverse("alerts:delivery", args=[project.ref, delivery.pk])).text
    assert "&lt;script&gt;last line" in page
    assert "errcode 310000" in page


def test_a_delivery_of_another_project_is_not_found(client, delivery, owner):
    other = type(delivery.project).objects.create(name="Other", number=10001, owner=owner)
    Member.objects.create(project=other, user=owner, user_name="olga", role=Role.ADMIN)
    for name in ("delivery", "replay"):
        assert client.post(reverse(f"alerts:{name}", args=[other.ref, delivery.pk])).status_code == 404


def test_send_again_makes_it_due(client, project, delivery):
    url = reverse("alerts:replay", args=[project.ref, delivery.pk])
    assert client.post(url).status_code == 302
    delivery.refresh_from_db()
    assert delivery.due_at is not None
    assert client.post(url, headers=HTMX).status_code == 204


@pytest.mark.parametrize("place", ["deliveries", "receivers", "index"])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    place, client, project, owner, django_assert_max_num_queries, robot
):
    def add(count: int, start: int) -> None:
        Delivery.objects.all().delete()
        make_deliveries(project, count)
        for number in range(start, start + count):
            Contact.objects.create(name=f"c{number}", owner=owner)
            DingTalkGroup.objects.create(name=f"g{number}", webhook=robot.webhook, owner=owner)

    url = reverse(f"alerts:{place}", args=[project.ref])
    add(2, 0)
    with django_assert_max_num_queries(100) as few:
        client.get(url)
    add(20, 100)
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(url)
