"""config/duly.yaml: who carries which channel, what drafts may send, where the words lie, and how fast it all goes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from scheduler.catalogue.mistakes import listed
from scheduler.catalogue.models import (
    CHANNELS,
    Channel,
    Entry,
    Id,
    Length,
    Line,
    Objection,
    Several,
    one_of,
)
from scheduler.catalogue.models_pacing import BreakersModel, PacingModel


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
    pacing: PacingModel = PacingModel()
    breakers: BreakersModel = BreakersModel()

    def objections(self) -> Iterator[Objection]:
        """Who has a speed must carry something."""
        carriers = sorted({name for names in self.channels.values() for name in names})
        yield from ((("pacing", *loc), sentence) for loc, sentence in self.pacing.unused(carriers))
        yield from ((("breakers", "volume", *loc), said) for loc, said in self.breakers.volume.objections())
