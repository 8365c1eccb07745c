"""Explicit consents and the origins of addresses, noted by a person."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.errors import UsageError
from scheduler.domain.plan import Origin, Purpose, Source
from scheduler.intake.consents import SaidOfOrigin
from scheduler.ports import NewGrant
from tests.fakes.world import World, a_plan_row
from tests.intake.notes import desk, noted

NOW = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)


def grant(world: World, purpose: Purpose = Purpose.WRITTEN, channel: str = "sms") -> int:
    """Note that the usual debtor consented."""
    new = NewGrant(purpose, "signed form of 1 March", "ann", NOW, NOW + timedelta(days=30))
    return desk(world).consents.grant(None, "D-1", channel, new)


def revoke(world: World, purpose: Purpose = Purpose.WRITTEN) -> None:
    desk(world).consents.revoke(None, "D-1", "sms", purpose, "bob", world.clock.now())


def say(world: World, said: SaidOfOrigin) -> Origin:
    return desk(world).consents.set_origin(None, "D-1", "sms", said, "ann", world.clock.now())


def test_a_consent_is_logged_with_its_evidence_apart_and_so_is_its_end(world: World) -> None:
    world.take_plans(a_plan_row())
    number = grant(world)
    revoke(world)
    (given, evidence), (ended, nothing) = noted(world, "consent_changed")
    assert (given["grant"], given["purpose"], given["channel"], given["author"]) == (
        number,
        "written",
        "sms",
        "ann",
    )
    assert given["until"] == "2027-04-08T10:00:00.000000Z"
    assert evidence == {"address": "+442079460018", "evidence": "signed form of 1 March"}
    assert (ended["purpose"], ended["revoked"], ended["author"]) == ("written", True, "bob")
    assert not nothing


def test_a_consent_that_was_never_given_cannot_be_taken_back(world: World) -> None:
    world.take_plans(a_plan_row())
    grant(world, Purpose.ELECTRONIC)
    with pytest.raises(UsageError, match="no such consent for sms that stands"):
        revoke(world)
    assert len(noted(world, "consent_changed")) == 1


def test_a_consent_needs_an_address_on_the_channel(world: World) -> None:
    world.take_plans(a_plan_row(email=None))
    with pytest.raises(UsageError, match="no address for email"):
        grant(world, channel="email")


def test_what_is_not_said_of_an_origin_stays_as_it_is(world: World) -> None:
    world.take_plans(a_plan_row())
    say(world, SaidOfOrigin(source=Source.DEBTOR, work=True))
    known = say(world, SaidOfOrigin(used_at=NOW, work=False))
    assert known == Origin(Source.DEBTOR, used_at=NOW)
    assert say(world, SaidOfOrigin(shared=True)) == Origin(Source.DEBTOR, used_at=NOW, shared=True)


def test_an_origin_is_logged_with_what_is_personal_apart(world: World) -> None:
    world.take_plans(a_plan_row())
    say(world, SaidOfOrigin(Source.CREDITOR, checked_at=NOW, shared=True))
    ((public, personal),) = noted(world, "consent_changed")
    assert (public["origin"], public["channel"], public["author"]) == ("creditor", "sms", "ann")
    assert personal == {
        "address": "+442079460018",
        "used_at": None,
        "checked_at": "2027-03-09T10:00:00.000000Z",
        "work": False,
        "shared": True,
    }


def test_an_origin_must_be_said_and_cannot_lie_ahead(world: World) -> None:
    world.take_plans(a_plan_row())
    with pytest.raises(UsageError, match="Say something of the address"):
        say(world, SaidOfOrigin())
    for said in (
        SaidOfOrigin(used_at=NOW + timedelta(seconds=1)),
        SaidOfOrigin(checked_at=NOW + timedelta(1)),
    ):
        with pytest.raises(UsageError, match="lies in the future"):
            say(world, said)
    assert noted(world, "consent_changed") == []
