from __future__ import annotations

import pytest
from django.utils import timezone, translation

from apps.projects.models import User
from tests.people import signed_in

PASSWORD = "open-sesame-1"


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_user("ada", password=PASSWORD)


def sign_in(client, password: str = PASSWORD, **extra: str):
    return client.post("/sign-in/", {"username": "ada", "password": password, **extra})


def test_the_right_password_leads_to_where_one_wanted_to_go(client, ada):
    assert sign_in(client, next="/account/").url == "/account/"


def test_a_foreign_address_to_go_to_is_not_followed(client, ada):
    assert sign_in(client, next="https://elsewhere.example/").url == "/"


def test_a_wrong_password_is_told_without_saying_which_part_is_wrong(client, ada):
    page = sign_in(client, "wrong").content.decode()
    assert "do not match" in page


def test_too_many_wrong_passwords_lock_the_name_for_a_while(client, ada, settings):
    settings.AXES_FAILURE_LIMIT = 3
    answers = [sign_in(client, f"wrong-{number}").status_code for number in range(4)]
    assert answers[-1] == 429
    assert sign_in(client).status_code == 429


def test_signing_out_needs_a_post(client, ada):
    sign_in(client)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").url == "/sign-in/"
    assert client.get("/account/").status_code == 302


def test_theme_and_language_are_kept_with_the_user(ada):
    client = signed_in(ada)
    client.post("/preferences/", {"theme": "dark"})
    client.post("/preferences/", {"language": "ko", "next": "/account/"})
    ada.refresh_from_db()
    assert (ada.theme, ada.language) == ("dark", "ko")
    page = client.get("/account/").content.decode()
    assert 'data-theme="dark"' in page
    assert 'lang="ko"' in page


def test_theme_and_language_are_kept_in_cookies_before_signing_in(client, db):
    client.post("/preferences/", {"theme": "dark", "language": "zh-hans"})
    page = client.get("/sign-in/").content.decode()
    assert 'data-theme="dark"' in page
    assert 'lang="zh-hans"' in page


def test_a_theme_that_does_not_exist_changes_nothing(ada):
    signed_in(ada).post("/preferences/", {"theme": "plaid"})
    ada.refresh_from_db()
    assert ada.theme == "auto"


def test_preferences_send_nobody_to_another_site(client, db):
    assert client.post("/preferences/", {"theme": "dark", "next": "//elsewhere.example"}).url == "/"


def test_times_are_read_in_the_zone_of_the_reader(ada):
    signed_in(ada).post("/account/", {"time_zone": "Asia/Seoul", "email": "ada@example.org"})
    ada.refresh_from_db()
    assert (ada.time_zone, ada.email) == ("Asia/Seoul", "ada@example.org")


def test_what_one_reader_chose_does_not_reach_the_next(ada, client):
    ada.time_zone, ada.language = "Asia/Seoul", "ko"
    ada.save()
    signed_in(ada).get("/account/")
    assert timezone.get_current_timezone_name() == "UTC"
    client.get("/sign-in/")
    assert translation.get_language() == "en"


def test_the_password_is_changed_and_the_session_goes_on(ada):
    client = signed_in(ada)
    fields = {"old_password": PASSWORD, "new_password1": "a-longer-one-7", "new_password2": "a-longer-one-7"}
    client.post("/account/password/", fields)
    ada.refresh_from_db()
    assert ada.check_password("a-longer-one-7")
    assert client.get("/account/").status_code == 200


def test_a_wrong_old_password_stands_beside_its_field(ada):
    fields = {"old_password": "wrong", "new_password1": "a-longer-one-7", "new_password2": "a-longer-one-7"}
    response = signed_in(ada).post("/account/password/", fields)
    assert response.status_code == 422
    assert response.context["password_form"].errors.keys() == {"old_password"}


def test_a_page_that_does_not_exist_is_told_in_words(client, db):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()
