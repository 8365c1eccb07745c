"""Hours that debtors asked for: honoured as the strictest layer of all, whoever else allows more."""

from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.entry import Event, Json, instant_text
from scheduler.domain.errors import UsageError
from scheduler.intake.register import Register, entry_about
from scheduler.ports import NewStated


@dataclass(frozen=True, slots=True)
class Wishes(Register):
    """The book of the hours that debtors asked for."""

    def state(self, creditor: str | None, debtor_ref: str, new: NewStated, words: str) -> int:
        """Note the hours that a debtor asked for, with the words for them, and return their number."""
        with self.store.intake(new.since) as transaction:
            person = self.person(transaction, creditor, debtor_ref, and_sharers=True)
            number = transaction.state_hours(person, new)
            public: dict[str, Json] = {
                "stated_hours": number,
                "channels": list(new.channels),
                "source": new.source,
                "until": instant_text(new.until) if new.until else None,
                "author": new.author,
            }
            entry = entry_about(person, Event.CONSENT_CHANGED, new.since, public, {"hours": words})
            transaction.append([entry])
        return number

    def withdraw(
        self, creditor: str | None, debtor_ref: str, number: int, author: str, now: datetime
    ) -> None:
        """End hours that a debtor asked for."""
        with self.store.intake(now) as transaction:
            of, person = self.creditor_named(creditor), transaction.withdraw_hours(number, author)
            if person is None or (person.creditor, person.ref) != (of, debtor_ref):
                raise UsageError(
                    f"No stated hours {number} of debtor {debtor_ref} stand; "
                    f"`duly log --event consent_changed --debtor {debtor_ref}` lists them"
                )
            public: dict[str, Json] = {"stated_hours": number, "withdrawn": True, "author": author}
            transaction.append([entry_about(person, Event.CONSENT_CHANGED, now, public, {})])
