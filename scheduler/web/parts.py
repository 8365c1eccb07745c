"""What the web is given by whoever assembles it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry

from channels.webhook import OpenHooks
from scheduler.ports import Clock, Report
from scheduler.store.outbox_log import OutboxLog
from scheduler.web.health import Health


def _take_nothing(_provider: str, _reports: Sequence[Report]) -> None:
    """Take reports of nobody: without an open hook there are none."""


@dataclass(frozen=True, slots=True)
class WebParts:
    """The parts; `only_outbox` when no message can leave this machine, `host` where the web listens.

    `hooks` are what providers may call at `public_url`, and `take` takes what they report, on disk when it returns.
    """

    messages: OutboxLog
    outbox_dir: Path
    only_outbox: bool
    host: str
    clock: Clock
    registry: CollectorRegistry
    health: Callable[[], Health]
    hooks: OpenHooks = field(default_factory=dict)
    public_url: str | None = None
    take: Callable[[str, Sequence[Report]], None] = _take_nothing

    def shows_outbox_to(self, host_header: str) -> bool:
        """Whether messages may be shown to whoever addressed us by this name.

        Only on loopback, where nobody else can listen in. A page elsewhere can make its own name point here
        (DNS rebinding), so the name that the browser used must be a loopback one too.
        """
        return self.only_outbox and is_loopback(self.host) and is_loopback(_hostname(host_header))


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine and no other."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _hostname(host_header: str) -> str:
    try:
        return urlsplit(f"//{host_header}").hostname or ""
    except ValueError:
        return ""
