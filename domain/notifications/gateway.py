"""The only talk with the mail server."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage


def send_email(*, recipient: str, subject: str, body: str, message_id: str) -> None:
    """Hand one message over. Outside production only allow-listed domains are written to.

    :raises OSError: the mail server did not take it (SMTP errors are OSErrors)
    """
    EmailMessage(
        subject=subject,
        body=body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[recipient],
        headers={"Message-ID": f"<{message_id}@backoffice>"},
    ).send()
