"""config/duly.yaml: which provider serves which channel, what drafts may send, and where the words lie."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from scheduler.catalogue.mistakes import listed
from scheduler.catalogue.models import CHANNELS, Channel, Entry, Id, Length, Line, Several, one_of


def _as_list(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


def _some(channels: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    if not channels:
        raise ValueError(f"no channel has a provider; name one for {listed(CHANNELS)}")
    return channels


Providers = Annotated[Several[Id], BeforeValidator(_as_list)]


class ReceiptsModel(Entry):
    """Which payments are still confirmed."""

    newest: Length = timedelta(days=3)


DRAFTS = ("outbox only", "sent")
"""What policies that nobody has approved let out: into the outbox, or to people too."""


class DulyModel(Entry):
    """What holds for all creditors."""

    channels: Annotated[dict[Channel, Providers], AfterValidator(_some)] = Field(
        examples=["{sms: outbox, email: outbox}"]
    )
    drafts: Annotated[Literal["outbox only", "sent"], one_of(DRAFTS, "choice for drafts")] = "outbox only"
    templates: Line = "../templates"
    receipts: ReceiptsModel = ReceiptsModel()
