"""E-mail to one contact, through the mail server of the installation."""

from __future__ import annotations

import smtplib

from django.core.mail import EmailMessage
from django.core.mail.message import BadHeaderError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.alerts.channels.contract import Channel, DeliveryError, Letter
from apps.alerts.models import Contact

#: SMTP answers from here on are final.
PERMANENT = 500


def send(letter: Letter) -> str:
    address = Contact.objects.filter(biz_id=letter.receiver_id).values_list("email", flat=True).first()
    if not address:
        raise DeliveryError(_("The contact is gone or has no e-mail address."), permanent=True)
    return send_to(address, letter)


def send_to(address: str, letter: Letter) -> str:
    mail = EmailMessage(
        subject=letter.subject,
        body=letter.body,
        to=[address],
        # The same id in every try: a mail that did arrive although we were not told is shown once.
        headers={"Message-ID": f"<{letter.key}@headrace>", "Auto-Submitted": "auto-generated"},
    )
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise DeliveryError(_answer(code, text), permanent=code >= PERMANENT) from error
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(_answer(error.smtp_code, error.smtp_error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryError(f"{type(error).__name__}: {error}") from error
    except (BadHeaderError, UnicodeError, ValueError) as error:
        raise DeliveryError(str(error), permanent=True) from error
    return _("Taken by the mail server for %(address)s.") % {"address": address}


def _answer(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {words}"


CHANNEL = Channel("email", gettext_lazy("E-mail"), send)
