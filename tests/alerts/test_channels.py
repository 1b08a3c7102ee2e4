from __future__ import annotations

import email
import socket
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.alerts.channels import CHANNELS, DeliveryError, Letter, dingtalk
from apps.alerts.channels.email import send_to
from apps.alerts.models import DingTalkGroup
from tests.alerts.builders import free_port

AT = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
BODY = "Flow Nightly report failed\n\nProject: Orders\n\n    last line of the log"


def letter(receiver_id: str, body: str = BODY) -> Letter:
    return Letter("delivery-7", receiver_id, "Flow Nightly report failed", body, AT)


# --- DingTalk


def test_the_signature_is_the_one_that_openssl_makes():
    # printf '1704164645000\nSEC0123456789abcdef' \
    #   | openssl dgst -sha256 -hmac SEC0123456789abcdef -binary | base64
    assert (
        dingtalk.sign("SEC0123456789abcdef", 1704164645000) == "mq1NlbmxoyHRhqC6ruXaGtpD0UJrDxOAXRyOgz8IeMg="
    )


@pytest.mark.django_db
def test_a_robot_gets_a_signed_markdown_message_with_its_keyword(robot, robot_group):
    robot_group.secret, robot_group.keyword = "SEC0123456789abcdef", "Alert"
    robot_group.save()

    assert CHANNELS["dingtalk"].send(letter(robot_group.biz_id)) == "errcode 0: ok"

    path, message = robot.asked[0]
    query = parse_qs(urlsplit(path).query)
    assert query["access_token"] == ["hush-token"]
    assert query["timestamp"] == ["1704164645000"]
    assert query["sign"] == [dingtalk.sign("SEC0123456789abcdef", 1704164645000)]
    assert message["msgtype"] == "markdown"
    assert message["markdown"]["title"] == "Flow Nightly report failed"
    assert "> last line of the log" in message["markdown"]["text"]
    assert message["markdown"]["text"].endswith("Alert")


@pytest.mark.django_db
def test_blanks_around_a_pasted_webhook_do_not_matter(robot, robot_group):
    robot_group.webhook = f" {robot.webhook} \n"
    robot_group.save()
    CHANNELS["dingtalk"].send(letter(robot_group.biz_id))
    assert robot.asked[0][0] == "/robot/send?access_token=hush-token"


def test_a_log_line_cannot_hide_a_link_or_a_picture():
    text = dingtalk.markdown(letter("x", "head\n    ![see](http://evil.example/x.png)"), "")["markdown"][
        "text"
    ]
    assert "](" not in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (200, {"errcode": 310000, "errmsg": "sign not match"}, "errcode 310000: sign not match"),
        (200, {"errcode": 130101, "errmsg": "send too fast"}, "errcode 130101: send too fast"),
        (502, b"<html>bad gateway</html>", "HTTP 502: <html>bad gateway</html>"),
        (200, [1], "HTTP 200: [1]"),
        (302, b"", "HTTP 302: "),
    ],
)
def test_an_answer_without_errcode_zero_is_a_failure_that_says_so(robot, robot_group, status, answer, said):
    robot.status, robot.answer = status, answer
    with pytest.raises(DeliveryError) as failed:
        CHANNELS["dingtalk"].send(letter(robot_group.biz_id))
    assert str(failed.value) == said
    assert not failed.value.permanent
    assert (failed.value.wait == dingtalk.MUTED_FOR) == ("130101" in said)


@pytest.mark.django_db
def test_a_robot_that_is_away_or_inside_our_network_is_a_failure_without_its_token(settings, robot_group):
    robot_group.webhook = f"http://127.0.0.1:{free_port()}/robot/send?access_token=hush-token"
    robot_group.save()
    for allowed in (["127.0.0.0/8"], []):
        settings.HEADRACE_OUTBOUND_ALLOW = allowed
        with pytest.raises(DeliveryError) as failed:
            CHANNELS["dingtalk"].send(letter(robot_group.biz_id))
        assert "hush-token" not in str(failed.value)
        assert not failed.value.permanent


@pytest.mark.django_db
def test_a_group_that_is_gone_or_whose_webhook_cannot_be_opened_is_given_up_at_once(settings, robot_group):
    with pytest.raises(DeliveryError) as gone:
        CHANNELS["dingtalk"].send(letter("ADG-gone"))
    assert gone.value.permanent
    settings.HEADRACE_SEAL_KEYS = ["B" * 43 + "="]
    assert DingTalkGroup.objects.get().webhook == ""
    with pytest.raises(DeliveryError) as sealed:
        CHANNELS["dingtalk"].send(letter(robot_group.biz_id))
    assert sealed.value.permanent


# --- e-mail


@pytest.mark.django_db
def test_a_contact_gets_a_mail_that_says_the_same_in_every_try(mailbox, contact):
    answer = CHANNELS["email"].send(letter(contact.biz_id, BODY + " 실패"))

    assert "mina@example.com" in answer
    mail = mailbox.mails[0]
    assert mail.rcpt_tos == ["mina@example.com"]
    message = email.message_from_bytes(mail.content)
    assert message["Subject"] == "Flow Nightly report failed"
    assert message["Message-ID"] == "<delivery-7@headrace>"
    assert message.get_payload(decode=True).decode().replace("\r\n", "\n").strip() == BODY + " 실패"


@pytest.mark.django_db
def test_a_contact_that_is_gone_or_has_no_address_is_given_up_at_once(contact):
    contact.email = ""
    contact.save()
    for receiver in (contact.biz_id, "AC-gone"):
        with pytest.raises(DeliveryError) as failed:
            CHANNELS["email"].send(letter(receiver))
        assert failed.value.permanent


@pytest.mark.parametrize(("refusal", "permanent"), [("550 No such user", True), ("451 Try later", False)])
def test_a_refused_recipient_is_final_only_when_the_server_says_so(mailbox, refusal, permanent):
    mailbox.refusal = refusal
    with pytest.raises(DeliveryError, match=refusal) as failed:
        send_to("mina@example.com", letter("x"))
    assert failed.value.permanent == permanent


def test_a_mail_server_that_is_away_is_tried_again(mailbox, settings):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = unused.getsockname()[1]
        with pytest.raises(DeliveryError) as failed:
            send_to("mina@example.com", letter("x"))
    assert not failed.value.permanent


def test_a_subject_with_a_line_break_is_never_sent(mailbox):
    with pytest.raises(DeliveryError) as failed:
        send_to("mina@example.com", Letter("k", "x", "one\nBcc: all@example.com", "body", AT))
    assert failed.value.permanent
    assert mailbox.mails == []
