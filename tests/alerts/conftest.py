"""A flow with rules, what happens to its runs, and two receivers that really listen."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from apps.alerts.models import Contact, DingTalkGroup, UserGroup
from apps.flows.models import Flow
from apps.projects.models import Member, Project, Role, User
from tests.alerts.builders import free_port, make_flow


class Robot(ThreadingHTTPServer):
    """Stands for DingTalk: keeps what it is sent, answers what the test says."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.status = 200
        self.answer: Any = {"errcode": 0, "errmsg": "ok"}
        self.before_answer: Callable[[], Any] = lambda: None
        super().__init__(("127.0.0.1", 0), _RobotHandler)

    @property
    def webhook(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/robot/send?access_token=hush-token"

    @property
    def texts(self) -> list[str]:
        return [message["markdown"]["text"] for _path, message in self.asked]


class _RobotHandler(BaseHTTPRequestHandler):
    server: Robot

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, json.loads(body)))
        self.server.before_answer()
        answer = self.server.answer
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def robot(settings) -> Iterator[Robot]:
    settings.HEADRACE_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with Robot() as running:
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        yield running
        running.shutdown()


class Mailbox:
    """An SMTP server's handler: keeps the mails, or refuses the recipients with `refusal`."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.refusal = ""

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(envelope)
        return "250 Taken"


@pytest.fixture
def mailbox(settings) -> Iterator[Mailbox]:
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield handler
    controller.stop()


# --- rows


@pytest.fixture
def owner(db) -> User:
    return User.objects.create_user("olga", password="open-sesame-1")


@pytest.fixture
def project(owner) -> Project:
    project = Project.objects.create(name="Orders", number=10000, owner=owner, time_zone="Asia/Seoul")
    Member.objects.create(project=project, user=owner, user_name=owner.username, role=Role.ADMIN)
    return project


@pytest.fixture
def flow(project) -> Flow:
    return make_flow(project)


@pytest.fixture
def contact(owner) -> Contact:
    return Contact.objects.create(name="Mina", email="mina@example.com", owner=owner)


@pytest.fixture
def on_call(contact) -> UserGroup:
    group = UserGroup.objects.create(name="On call", owner=contact.owner)
    group.contacts.add(contact)
    return group


@pytest.fixture
def robot_group(owner, robot) -> DingTalkGroup:
    return DingTalkGroup.objects.create(name="Data team", webhook=robot.webhook, owner=owner)
