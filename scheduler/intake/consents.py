"""What a debtor let be done with an address, with the evidence, and where the address comes from."""

from dataclasses import dataclass, replace
from datetime import datetime

from scheduler.domain.entry import Event, Json, instant_text
from scheduler.domain.errors import UsageError
from scheduler.domain.plan import UNKNOWN_ORIGIN, Origin, Purpose, Source
from scheduler.intake.register import Register, entry_about
from scheduler.ports import NewGrant


@dataclass(frozen=True, slots=True)
class SaidOfOrigin:
    """What is said of where an address comes from; None leaves what is known."""

    source: Source | None = None
    used_at: datetime | None = None
    checked_at: datetime | None = None
    work: bool | None = None
    shared: bool | None = None

    def after(self, known: Origin) -> Origin:
        """Return what is known with what is said."""
        said = {name: getattr(self, name) for name in self.__slots__}
        return replace(known, **{name: value for name, value in said.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Consents(Register):
    """The book of consents and of the origins of addresses."""

    def grant(self, creditor: str | None, debtor_ref: str, channel: str, new: NewGrant) -> int:
        """Note a consent that a debtor gave for the address on a channel, and return its number."""
        with self.store.intake(new.since) as transaction:
            person = self.person(transaction, creditor, debtor_ref)
            address = self.address(person, channel)
            number = transaction.grant(person, channel, new)
            public: dict[str, Json] = {
                "channel": channel,
                "grant": number,
                "purpose": new.purpose.value,
                "until": instant_text(new.until) if new.until else None,
                "author": new.author,
            }
            personal: dict[str, Json] = {"address": address, "evidence": new.evidence}
            transaction.append([entry_about(person, Event.CONSENT_CHANGED, new.since, public, personal)])
        return number

    def revoke(
        self,
        creditor: str | None,
        debtor_ref: str,
        channel: str,
        purpose: Purpose,
        author: str,
        now: datetime,
    ) -> None:
        """End every consent of a purpose that a debtor gave for an address on a channel."""
        with self.store.intake(now) as transaction:
            person = self.person(transaction, creditor, debtor_ref)
            if not transaction.revoke(person, channel, purpose, author):
                raise UsageError(
                    f"Debtor {debtor_ref} has no such consent for {channel} that stands; nothing was changed"
                )
            public: dict[str, Json] = {
                "channel": channel,
                "purpose": purpose.value,
                "revoked": True,
                "author": author,
            }
            transaction.append([entry_about(person, Event.CONSENT_CHANGED, now, public, {})])

    def set_origin(
        self,
        creditor: str | None,
        debtor_ref: str,
        channel: str,
        said: SaidOfOrigin,
        author: str,
        now: datetime,
    ) -> Origin:
        """Note where a debtor's address on a channel comes from, and return all that is known of it now.

        Raises UsageError also when nothing is said, or of an instant that lies ahead.
        """
        _refuse_unlikely(said, now)
        with self.store.intake(now) as transaction:
            person = self.person(transaction, creditor, debtor_ref)
            address = self.address(person, channel)
            origin = said.after(person.origins.get(channel, UNKNOWN_ORIGIN))
            transaction.set_origin(person, channel, origin)
            public: dict[str, Json] = {"channel": channel, "origin": _source(origin), "author": author}
            personal = {"address": address, **_facts(origin)}
            transaction.append([entry_about(person, Event.CONSENT_CHANGED, now, public, personal)])
        return origin


def _refuse_unlikely(said: SaidOfOrigin, now: datetime) -> None:
    if said == SaidOfOrigin():
        raise UsageError(
            "Say something of the address: --source, --used-at, --checked-at, --work or --shared"
        )
    for option, at in (("--used-at", said.used_at), ("--checked-at", said.checked_at)):
        if at is not None and at > now:
            raise UsageError(f"{option} lies in the future; note it once it has happened")


def _source(origin: Origin) -> str:
    return origin.source.value if origin.source else "unknown"


def _facts(origin: Origin) -> dict[str, Json]:
    return {
        "used_at": instant_text(origin.used_at) if origin.used_at else None,
        "checked_at": instant_text(origin.checked_at) if origin.checked_at else None,
        "work": origin.work,
        "shared": origin.shared,
    }
