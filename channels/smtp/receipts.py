"""A mail server reports nothing afterwards: what bounces comes back as mail to the sender's own address."""

from channels.smtp.settings import SmtpSettings
from channels.webhook import Webhook
from scheduler.domain.receipt import DeliveryReceipt


def read(webhook: Webhook, settings: SmtpSettings) -> tuple[DeliveryReceipt, ...] | None:
    """Return None: whoever calls in a mail server's name is an impostor."""
    return None
