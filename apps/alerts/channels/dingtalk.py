"""A robot in a DingTalk group, reached by its webhook.

What the robot asks for, and what silence came from before:
- the webhook is pasted, often with blanks at its end: they are cut off;
- with "sign" chosen, `timestamp` (milliseconds, at most an hour off) and `sign`, the
  base64 of HMAC-SHA256 over "timestamp, newline, secret" keyed with the secret;
- with "keyword" chosen, the message must hold that word, or it is not shown;
- it answers 200 whatever happens: only `errcode` 0 means that the message is in the group;
- it takes 20 messages a minute and, beyond that, nothing for ten minutes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from urllib.parse import quote_plus

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.alerts.channels.contract import Channel, DeliveryError, Letter
from apps.alerts.models import DingTalkGroup
from apps.lib import outbound

#: Below the 20 that the robot takes, because two senders may count at the same time.
PER_MINUTE = 18
MUTED_FOR = timedelta(minutes=10)
TOO_FAST = frozenset({130101, 410100})
#: The robot takes 20,000 bytes a message.
TEXT_LENGTH = 5000


def send(letter: Letter) -> str:
    group = DingTalkGroup.objects.filter(biz_id=letter.receiver_id).first()
    if group is None:
        raise DeliveryError(_("The DingTalk group is gone."), permanent=True)
    return send_to(group, letter)


def send_to(group: DingTalkGroup, letter: Letter) -> str:
    webhook = group.webhook.strip()
    if not webhook:
        raise DeliveryError(
            _("The webhook of %(name)s cannot be read.") % {"name": group.name}, permanent=True
        )
    if group.secret:
        webhook = signed(webhook, group.secret.strip(), round(letter.at.timestamp() * 1000))
    try:
        answer = outbound.fetch("POST", webhook, json=markdown(letter, group.keyword))
    except outbound.OutboundError as error:
        raise DeliveryError(str(error)) from error
    return _verdict(answer)


def sign(secret: str, timestamp: int) -> str:
    """The signature for `timestamp` (milliseconds), not yet spelt for a URL."""
    text = f"{timestamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def signed(webhook: str, secret: str, timestamp: int) -> str:
    joint = "&" if "?" in webhook else "?"
    return f"{webhook}{joint}timestamp={timestamp}&sign={quote_plus(sign(secret, timestamp))}"


def markdown(letter: Letter, keyword: str) -> dict[str, object]:
    """The message as the robot takes it. Log lines become quotes; links hidden in them do not work."""
    lines = letter.body[:TEXT_LENGTH].replace("](", "] (").splitlines()
    head, *rest = lines or [letter.subject]
    shown = [f"#### {head}", *(f"> {line[4:]}" if line.startswith("    ") else line for line in rest)]
    text = "  \n".join(shown)
    if keyword and keyword not in text:
        text += f"\n\n{keyword}"
    return {"msgtype": "markdown", "markdown": {"title": letter.subject, "text": text}}


def _verdict(answer: outbound.Answer) -> str:
    """The answer when the message is in the group. Raises DeliveryError when it is not."""
    said = answer.json()
    if not isinstance(said, dict) or "errcode" not in said:
        raise DeliveryError(f"HTTP {answer.status}: {answer.text[:300]}")
    words = f"errcode {said['errcode']}: {said.get('errmsg', '')}"
    if said["errcode"] == 0:
        return words
    raise DeliveryError(words, wait=MUTED_FOR if said["errcode"] in TOO_FAST else None)


CHANNEL = Channel("dingtalk", gettext_lazy("DingTalk"), send, per_minute=PER_MINUTE)
