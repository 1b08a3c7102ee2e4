from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection

from apps.alerts import outbox, sender, tasks
from apps.alerts.models import Delivery, Try
from apps.alerts.sender import BACKOFF, deliver_due
from apps.lib.outbound import Answer
from tests.alerts.builders import NOW, free_port, happen, has_work, make_run, rule

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
HOUR = timedelta(hours=1)


@pytest.fixture
def failure(flow, robot_group):
    """A failed flow that its robot group is to be told of."""
    run = make_run(flow, rules=[rule("flow.failed", robots=[robot_group])])
    happen(run, "run.failed")
    outbox.drain(NOW)
    return Delivery.objects.get()


def play(start: datetime, length: timedelta, step: timedelta = timedelta(seconds=5)) -> None:
    """What the scheduler does: look every `step` from `start` on."""
    at = start
    while at <= start + length:
        if has_work(at):
            deliver_due(at)
        at += step


def test_what_is_delivered_is_written_down_with_the_answer(failure, robot):
    assert deliver_due(NOW) == 1

    failure.refresh_from_db()
    assert (failure.delivered_at, failure.due_at, failure.tries_made) == (NOW, None, 1)
    made = Try.objects.get()
    assert (made.number, made.ok, made.answer) == (1, True, "errcode 0: ok")
    assert "Flow Nightly report failed" in robot.texts[0]
    assert not has_work(NOW)


def test_it_is_sent_once_however_often_one_looks(failure, robot):
    for _ in range(3):
        deliver_due(NOW)
        sender.deliver(failure.pk, NOW)
    assert len(robot.asked) == 1


def test_a_failed_try_is_written_down_and_repeated_after_its_wait(failure, robot):
    robot.answer = {"errcode": 310000, "errmsg": "keywords not in content"}
    deliver_due(NOW)

    failure.refresh_from_db()
    assert failure.trouble == "errcode 310000: keywords not in content"
    assert failure.due_at == NOW + BACKOFF[0]
    assert not has_work(NOW + BACKOFF[0] / 2)

    robot.answer = {"errcode": 0, "errmsg": "ok"}
    deliver_due(NOW + BACKOFF[0])
    failure.refresh_from_db()
    assert failure.delivered_at == NOW + BACKOFF[0]
    assert failure.trouble == ""
    assert [made.ok for made in failure.tries.all()] == [False, True]


def test_the_schedule_of_tries_grows_and_ends_after_about_a_day():
    assert list(BACKOFF) == sorted(BACKOFF)
    assert timedelta(hours=22) < sum(BACKOFF, timedelta()) < timedelta(hours=26)
    assert [sender.next_wait(n) for n in (1, len(BACKOFF), len(BACKOFF) + 1)] == [
        BACKOFF[0],
        BACKOFF[-1],
        None,
    ]


def test_an_outage_of_an_hour_loses_nothing_and_recovery_does_not_wait_for_the_schedule(
    flow, robot_group, robot
):
    webhook, robot_group.webhook = robot_group.webhook, f"http://127.0.0.1:{free_port()}/"
    robot_group.save()
    rules = [rule("flow.failed", robots=[robot_group])]
    for minute in range(0, 60, 6):
        happen(make_run(flow, rules=rules), "run.failed")
        outbox.drain(NOW + timedelta(minutes=minute))
    play(NOW, HOUR, timedelta(seconds=30))
    assert Delivery.objects.filter(delivered_at=None, given_up_at=None).count() == 10

    robot_group.webhook = webhook
    robot_group.save()
    play(NOW + HOUR, timedelta(minutes=20), timedelta(seconds=30))

    assert Delivery.objects.filter(delivered_at=None).count() == 0
    assert len(robot.asked) == 10
    delivered = Delivery.objects.order_by("delivered_at").values_list("delivered_at", flat=True)
    assert delivered[9] - delivered[0] <= timedelta(minutes=1)


def test_after_the_last_try_it_is_given_up_with_the_reason(failure, robot):
    robot.status, robot.answer = 500, b"broken"
    at = NOW
    for wait in (*BACKOFF, timedelta()):
        deliver_due(at)
        at += wait
    failure.refresh_from_db()
    assert failure.given_up_at is not None
    assert failure.due_at is None
    assert failure.trouble == "HTTP 500: broken"
    assert failure.tries.count() == len(BACKOFF) + 1
    assert not has_work(at + timedelta(days=30))


def test_a_final_refusal_is_not_repeated(flow, on_call, mailbox):
    mailbox.refusal = "550 No such user"
    happen(make_run(flow, rules=[rule("flow.failed", people=[on_call])]), "run.failed")
    outbox.drain(NOW)
    deliver_due(NOW)
    delivery = Delivery.objects.get()
    assert delivery.given_up_at == NOW
    assert "550 No such user" in delivery.trouble


def test_a_dead_receiver_does_not_keep_the_others_waiting(flow, robot_group, robot, on_call, mailbox):
    robot.status, robot.answer = 503, b""
    rules = [rule("flow.failed", robots=[robot_group], people=[on_call])]
    for _ in range(5):
        happen(make_run(flow, rules=rules), "run.failed")
    outbox.drain(NOW)
    deliver_due(NOW)
    assert len(robot.asked) == 1
    assert len(mailbox.mails) == 5


def test_a_robot_is_never_sent_more_than_it_takes_in_a_minute(flow, robot_group, robot):
    rules = [rule("flow.failed", robots=[robot_group])]
    for _ in range(45):
        happen(make_run(flow, rules=rules), "run.failed")
    outbox.drain(NOW)
    sent = []
    for minute in range(4):
        play(NOW + timedelta(minutes=minute), timedelta(seconds=55))
        sent.append(len(robot.asked))
    assert sent == [18, 36, 45, 45]


def test_a_robot_that_says_too_fast_is_left_alone_for_ten_minutes(failure, robot):
    robot.answer = {"errcode": 130101, "errmsg": "send too fast"}
    deliver_due(NOW)
    failure.refresh_from_db()
    assert failure.due_at == NOW + timedelta(minutes=10)


def test_a_fault_of_ours_in_a_channel_is_a_failed_try_like_any_other(failure, robot_group, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("no such attribute")

    monkeypatch.setattr("apps.lib.outbound.fetch", broken)
    deliver_due(NOW)
    failure.refresh_from_db()
    assert failure.trouble == "RuntimeError: no such attribute"
    assert failure.due_at == NOW + BACKOFF[0]


def test_a_claim_left_by_a_dead_sender_ends_by_itself(failure, robot):
    Delivery.objects.update(claimed_until=NOW + sender.CLAIM)
    assert deliver_due(NOW) == 0
    assert deliver_due(NOW + sender.CLAIM) == 1


def test_a_sender_that_lost_its_claim_writes_nothing(failure, monkeypatch):
    def answer_after_somebody_else_took_over(*args, **kwargs):
        Delivery.objects.update(claimed_until=NOW + HOUR)
        return Answer(200, {}, b'{"errcode": 0}')

    monkeypatch.setattr("apps.lib.outbound.fetch", answer_after_somebody_else_took_over)
    sender.deliver(failure.pk, NOW)
    failure.refresh_from_db()
    assert (failure.delivered_at, failure.tries_made) == (None, 0)
    assert Try.objects.count() == 0


def test_the_task_drains_and_delivers(flow, robot_group, robot):
    happen(make_run(flow, rules=[rule("flow.failed", robots=[robot_group])]), "run.failed")
    tasks.drain()
    assert len(robot.asked) == 1


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_each_message_once(flow, robot_group, robot):
    rules = [rule("flow.failed", robots=[robot_group])]
    for _ in range(12):
        happen(make_run(flow, rules=rules), "run.failed")
    start = threading.Barrier(2)
    troubles: list[BaseException] = []

    def send() -> None:
        try:
            start.wait(10)
            for _ in range(8):
                outbox.drain(NOW)
                deliver_due(NOW)
        except BaseException as error:
            troubles.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert troubles == []
    assert Delivery.objects.filter(delivered_at=NOW).count() == 12
    assert len(robot.asked) == 12
    assert Try.objects.count() == 12


@pytest.mark.django_db(transaction=True)
def test_of_two_senders_with_the_same_delivery_one_sends_it(failure, robot):
    held = threading.Event()
    robot.before_answer = lambda: held.wait(5)
    outcomes = []

    def send() -> None:
        outcomes.append(sender.deliver(failure.pk, NOW))
        connection.close()

    first = threading.Thread(target=send)
    first.start()
    while not robot.asked:
        first.join(0.01)
    assert sender.deliver(failure.pk, NOW) is None
    held.set()
    first.join(10)
    assert outcomes[0].trouble == ""
    assert len(robot.asked) == 1
