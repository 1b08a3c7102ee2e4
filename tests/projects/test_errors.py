from __future__ import annotations

from django.test import Client, RequestFactory
from django.views.defaults import server_error


def test_what_breaks_is_told_without_its_inside(db):
    response = server_error(RequestFactory().get("/projects/"))
    assert response.status_code == 500
    page = response.content.decode()
    assert "Something broke on our side" in page
    assert "Traceback" not in page


def test_a_page_that_was_open_for_too_long_is_told_what_to_do(db):
    response = Client(enforce_csrf_checks=True).post("/preferences/", {"theme": "dark"})
    assert response.status_code == 403
    assert "open for too long" in response.content.decode()


def test_no_page_allows_scripts_that_are_not_ours(client, db):
    policy = client.get("/sign-in/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert b"<script>" not in client.get("/sign-in/").content
