"""The log where it lies: sound as it was lived, and whatever is done to it by hand is found and named."""

from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from scheduler.domain.entry import entry_hash
from scheduler.ledger.store_check import verify_store
from scheduler.ledger.verification import Finding, Verification
from scheduler.store.engine import Database
from scheduler.store.log import SqlLog
from scheduler.store.store import SqlStore
from tests.fakes.world import World, a_payment_row
from tests.ledger.lived_in import ADA, BOB, EVA, tamper

HASH = "its hash does not match its fields"
LINK = "its prev_hash is not the hash of the entry before it"
HEAD = "its hash is not the one that the writer noted last"
PAYLOAD = "its personal payload is not the one that it commits to"
SEALED = "its personal payload cannot be opened"
STRANGER = "the writer has not written it"
ELSEWHERE = "f" * 64
OF = "WHERE chain = :chain AND chain_seq = :number"
COLUMNS = "chain, chain_seq, at, event, public, commitment, prev_hash, hash"


@dataclass(frozen=True, slots=True)
class Case:
    """A lived-in log, its triggers dropped, and the hand that is laid on it."""

    database: Database

    @property
    def log(self) -> SqlLog:
        return SqlLog(self.database)

    @property
    def found(self) -> dict[str, tuple[int, str]]:
        """What is wrong, by chain: the entry's number, and how so."""
        return {each.chain: (each.number, each.what) for each in verify_store(self.log).findings}

    def change(self, statement: str, chain: str = ADA, number: int = 3, **values: object) -> None:
        tamper(self.database, statement, chain=chain, number=number, **values)

    def cell(self, column: str) -> object:
        """What the third entry of Ada's chain, a deferral, holds in a column."""
        with self.database.read() as connection:
            query = text(f"SELECT {column} FROM entry {OF}")
            return connection.execute(query, {"chain": ADA, "number": 3}).scalar_one()

    def is_taken(self, statement: str, value: object) -> bool:
        """Try a change that only SQLite, which lets anything into any column, is sure to take."""
        try:
            self.change(statement, value=value)
        except DBAPIError:
            return False
        return True

    def seq(self, chain: str, number: int) -> int:
        with self.database.read() as connection:
            found = connection.execute(
                text(f"SELECT seq FROM entry {OF}"), {"chain": chain, "number": number}
            )
            return int(found.scalar_one())

    def last(self, chain: str) -> int:
        return self.log.heads()[chain][0]


@pytest.fixture
def case(unlocked: Database) -> Case:
    return Case(unlocked)


def test_a_lived_in_log_is_sound(case: Case) -> None:
    assert verify_store(case.log) == Verification(24, 3, 14, 0, ())


def test_an_empty_log_is_sound(database: Database) -> None:
    assert verify_store(SqlLog(database)) == Verification(0, 0, 0, 0, ())


def test_an_edited_column_is_found(case: Case) -> None:
    for column, value in (
        ("event", "sent"),
        ("commitment", ELSEWHERE),
        ("hash", ELSEWHERE),
        ("public", "nothing that can be read"),
        ("public", "[]"),
        ("public", '{"half":"\\ud800"}'),
        ("public", '{"huge":NaN}'),
        ("public", '{"deep":' + "[" * 100_000),
    ):
        before = case.cell(column)
        case.change(f"UPDATE entry SET {column} = :value {OF}", value=value)
        assert case.found == {ADA: (3, HASH)}, (column, value[:40])
        case.change(f"UPDATE entry SET {column} = :value {OF}", value=before)
    assert case.found == {}


def test_an_edited_public_field_is_found(case: Case) -> None:
    before = case.cell("public")
    for old, new in (
        ('"debtor_ref":"D-1"', '"debtor_ref":"D-2"'),
        ('"plan_refs":["P-1"]', '"plan_refs":["P-1","P-2"]'),
        ('"touchpoint":"', '"touchpoint":"0'),
        ('"kind":"reminder_pre_due"', '"kind":"overdue_notice"'),
        ('"step":"upcoming"', '"step":"gentle"'),
        ('"cadence":"standard"', '"cadence":"stern"'),
        ('"cadence_version":"v1"', '"cadence_version":"v2"'),
        ('"template":"upcoming"', '"template":null'),
        ('"rule":"courtesy/asking-hours"', '"rule":"courtesy/gap"'),
        ('"verdict":"defer"', '"verdict":"allow"'),
        ('"detail":"contact hours are closed', '"detail":"contact hours are open'),
        ('"until":"2027-03-09T09', '"until":"2027-03-09T08'),
        ('"reasons":[', '"reasons":[null,'),
        ('{"cadence"', '{"added":"by hand","cadence"'),
        ('{"cadence"', '{"provider":"fake","cadence"'),
    ):
        assert old in str(before), old
        edited = str(before).replace(old, new, 1)
        case.change(f"UPDATE entry SET public = :value {OF}", value=edited)
        assert case.found == {ADA: (3, HASH)}, new
    case.change(f"UPDATE entry SET public = :value {OF}", value=before)
    assert case.found == {}


def test_an_instant_that_was_moved_by_a_microsecond_is_found(case: Case) -> None:
    later = "at + 1" if case.database.is_sqlite else "at + interval '1 microsecond'"
    case.change(f"UPDATE entry SET at = {later} {OF}")
    assert case.found == {ADA: (3, HASH)}


def test_what_is_no_instant_at_all_is_found_or_refused(case: Case) -> None:
    for value in ("at some time", 10**18, -(10**18)):
        taken = case.is_taken(f"UPDATE entry SET at = :value {OF}", value)
        assert case.found == ({ADA: (3, HASH)} if taken else {}), value
        assert taken or not case.database.is_sqlite


def test_a_number_that_is_none_is_found_or_refused(case: Case) -> None:
    taken = case.is_taken(f"UPDATE entry SET chain_seq = :value {OF}", "three")
    assert case.found == ({ADA: (0, "its 'chain_seq' is not a whole number")} if taken else {})


def test_an_edited_link_is_found(case: Case) -> None:
    case.change(f"UPDATE entry SET prev_hash = :value {OF}", value=ELSEWHERE)
    assert case.found == {ADA: (3, LINK)}


def test_an_edited_first_link_is_found(case: Case) -> None:
    case.change(f"UPDATE entry SET prev_hash = :value {OF}", number=1, value=ELSEWHERE)
    assert case.found == {ADA: (1, LINK)}


def test_an_entry_that_was_moved_to_another_chain_is_found_on_both(case: Case) -> None:
    case.change(f"UPDATE entry SET chain = :other, chain_seq = 99 {OF}", other=BOB)
    assert case.found == {
        ADA: (3, f"it is missing; entry 4 (seq {case.seq(ADA, 4)}) follows entry 2"),
        BOB: (3, f"it is missing; entry 99 (seq {case.seq(BOB, 99)}) follows entry 2"),
    }


def test_a_seq_that_breaks_the_order_of_its_chain_is_found(case: Case) -> None:
    case.change(f"UPDATE entry SET seq = 1000 {OF}")
    assert case.found == {ADA: (3, f"it is missing; entry 4 (seq {case.seq(ADA, 4)}) follows entry 2")}


def test_a_seq_that_keeps_the_order_of_its_chain_is_not_covered(case: Case) -> None:
    case.change(f"UPDATE entry SET seq = 1000 {OF}", number=case.last(ADA))
    assert case.found == {}


def test_an_entry_rewritten_with_a_hash_to_match_is_found_at_the_next_one(case: Case) -> None:
    entry = next(each for each in case.log.entries(0, 100) if each.seq == case.seq(ADA, 3))
    forged = entry_hash({**entry.body, "event": "sent"})
    case.change(f"UPDATE entry SET event = 'sent', hash = :forged {OF}", forged=forged)
    assert case.found == {ADA: (4, LINK)}


def test_the_last_entry_rewritten_with_a_hash_to_match_is_found_by_the_head(case: Case) -> None:
    last = case.last(BOB)
    entry = next(each for each in case.log.entries(0, 100) if each.seq == case.seq(BOB, last))
    forged = entry_hash({**entry.body, "event": "sent"})
    case.change(
        f"UPDATE entry SET event = 'sent', hash = :forged {OF}", chain=BOB, number=last, forged=forged
    )
    assert case.found == {BOB: (last, HEAD)}


def test_an_entry_deleted_from_the_middle_is_found(case: Case) -> None:
    case.change(f"DELETE FROM entry {OF}")
    assert case.found == {ADA: (3, f"it is missing; entry 4 (seq {case.seq(ADA, 4)}) follows entry 2")}


def test_a_first_entry_that_was_deleted_is_found(case: Case) -> None:
    case.change(f"DELETE FROM entry {OF}", number=1)
    assert case.found == {ADA: (1, f"it is missing; entry 2 (seq {case.seq(ADA, 2)}) follows entry 0")}


def test_a_deleted_tail_is_found(case: Case) -> None:
    last = case.last(BOB)
    case.change("DELETE FROM entry WHERE chain = :chain AND chain_seq >= :number", chain=BOB, number=last - 1)
    assert verify_store(case.log).findings == (
        Finding(BOB, last - 1, None, f"it is missing; the chain has {last} entries"),
    )


def test_a_deleted_chain_is_found(case: Case) -> None:
    case.change("DELETE FROM entry WHERE chain = :chain", chain=BOB)
    assert case.found == {BOB: (1, "it is missing; the chain has 6 entries")}


def test_a_deleted_log_is_found_on_every_chain(case: Case) -> None:
    tamper(case.database, "DELETE FROM entry")
    assert {chain: number for chain, (number, _) in case.found.items()} == {ADA: 1, BOB: 1, EVA: 1}


def test_two_entries_that_changed_places_are_found(case: Case) -> None:
    case.change("UPDATE entry SET chain_seq = chain_seq + 1000 WHERE chain = :chain AND chain_seq IN (3, 4)")
    case.change(
        "UPDATE entry SET chain_seq = 2007 - chain_seq - 1000 WHERE chain = :chain AND chain_seq > 1000"
    )
    assert case.found[ADA][0] == 3


def test_two_chains_that_changed_names_are_found(case: Case) -> None:
    for old, new in ((ADA, "spare"), (BOB, ADA), ("spare", BOB)):
        case.change("UPDATE entry SET chain = :new WHERE chain = :old", old=old, new=new)
    assert case.found == {ADA: (1, HASH), BOB: (1, HASH)}


def test_an_entry_put_in_at_the_end_is_found(case: Case) -> None:
    last = case.last(BOB)
    place = {"chain": BOB, "number": last}
    put_in = (
        f"INSERT INTO entry ({COLUMNS}) SELECT chain, chain_seq + 1, at, event, public, NULL, hash, :hash"
    )
    body = next(each.body for each in case.log.entries(0, 100) if each.seq == case.seq(BOB, last))
    head = case.log.heads()[BOB][1]
    forged = entry_hash({**body, "chain_seq": last + 1, "commitment": None, "prev_hash": head})
    tamper(case.database, f"{put_in} FROM entry {OF}", **place, hash=forged)
    assert case.found == {BOB: (last + 1, STRANGER)}


def test_a_chain_put_in_is_found(case: Case) -> None:
    body = next(each.body for each in case.log.entries(0, 100))
    forged = entry_hash({**body, "chain": "northwind/D-9", "commitment": None})
    put_in = (
        f"INSERT INTO entry ({COLUMNS}) SELECT 'northwind/D-9', 1, at, event, public, NULL, prev_hash, :hash"
    )
    case.change(f"{put_in} FROM entry {OF}", number=1, hash=forged)
    assert case.found == {"northwind/D-9": (1, STRANGER)}


def test_a_changed_payload_is_found(case: Case) -> None:
    case.change("UPDATE payload SET sealed = :value WHERE chain = :chain AND chain_seq = 1", value=b"\0" * 64)
    assert case.found == {ADA: (1, SEALED)}


def test_a_payload_that_is_no_bytes_at_all_is_found_or_refused(case: Case) -> None:
    taken = case.is_taken("UPDATE payload SET sealed = :value WHERE chain = :chain", "€ words")
    assert case.found == ({ADA: (1, SEALED)} if taken else {})


def test_payloads_that_changed_places_are_found(case: Case) -> None:
    case.change(
        "UPDATE payload SET sealed = (SELECT sealed FROM payload WHERE chain = :other AND chain_seq = 1) "
        "WHERE chain = :chain AND chain_seq = 1",
        other=BOB,
    )
    assert case.found == {ADA: (1, SEALED)}


def test_a_wrong_salt_is_found(case: Case) -> None:
    case.change("UPDATE payload SET salt = :value WHERE chain = :chain AND chain_seq = 1", value=b"\0" * 16)
    assert case.found == {ADA: (1, PAYLOAD)}


@pytest.mark.parametrize("key", [b"\0" * 32, b"short"])
def test_a_replaced_key_is_found(case: Case, key: bytes) -> None:
    case.change("UPDATE chain SET key = :key WHERE name = :chain", key=key)
    assert case.found == {ADA: (1, SEALED)}


def test_a_payload_that_the_entry_does_not_commit_to_is_found(case: Case) -> None:
    last = case.last(ADA)
    case.change("UPDATE payload SET chain_seq = :last WHERE chain = :chain AND chain_seq = 1", last=last)
    assert case.found == {ADA: (last, "it has a personal payload that it does not commit to")}


def test_a_head_that_was_moved_is_found(case: Case) -> None:
    case.change("UPDATE chain SET head = :value WHERE name = :chain", value=ELSEWHERE)
    assert case.found == {ADA: (case.last(ADA), HEAD)}


def test_a_head_that_was_set_back_is_found(case: Case) -> None:
    last = case.last(ADA)
    case.change("UPDATE chain SET seq = seq - 1 WHERE name = :chain")
    assert case.found == {ADA: (last, STRANGER)}


def test_every_broken_chain_is_named_once_by_its_first_bad_entry(case: Case) -> None:
    case.change("UPDATE entry SET event = 'sent' WHERE chain = :chain AND chain_seq >= 2")
    case.change(f"UPDATE entry SET event = 'sent' {OF}", chain=EVA, number=4)
    assert case.found == {ADA: (2, HASH), EVA: (4, HASH)}
    assert [str(each) for each in verify_store(case.log).findings][1] == (
        f"{EVA}: entry 4 (seq {case.seq(EVA, 4)}): {HASH}"
    )


def test_an_erased_payload_still_verifies(case: Case) -> None:
    case.change("DELETE FROM payload WHERE chain = :chain")
    assert verify_store(case.log) == Verification(24, 3, 8, 6, ())


def test_a_chain_whose_key_is_gone_still_verifies(case: Case) -> None:
    case.change("UPDATE chain SET key = NULL WHERE name = :chain")
    assert verify_store(case.log) == Verification(24, 3, 8, 6, ())


def test_a_chain_grows_on_after_its_payloads_were_erased(case: Case) -> None:
    case.change("DELETE FROM payload WHERE chain = :chain")
    case.change("UPDATE chain SET key = NULL WHERE name = :chain")
    World(SqlStore(case.database, bytes)).take_payments(a_payment_row(payment_ref="PAY-2"))
    assert case.found == {}


def test_a_log_that_grows_while_it_is_verified_is_sound(case: Case) -> None:
    class Growing(SqlLog):
        """Grows by a payment whenever its heads have been read."""

        paid = 0

        def heads(self) -> dict[str, tuple[int, str]]:
            heads = super().heads()
            self.paid += 1
            world = World(SqlStore(case.database, bytes))
            world.take_payments(a_payment_row(payment_ref=f"PAY-{self.paid + 10}", amount_minor=1))
            return dict(heads)

    assert verify_store(Growing(case.database)).is_sound
