"""An entry's bytes and hashes: RFC 8785 to the letter, whatever values an entry may hold."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.decision import Reason, Verdict
from scheduler.domain.entry import (
    NOT_HASHED,
    Json,
    canonical,
    chain_of,
    commitment,
    entry_hash,
    instant_text,
    reasons_json,
)

EXACT = 2**53 - 1
"""Beyond it RFC 8785, which is of JavaScript's numbers, is silent."""

names = st.text(st.characters(codec="ascii"), max_size=12)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = st.none() | st.booleans() | st.integers(-EXACT, EXACT) | words
values: st.SearchStrategy[Json] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
bodies = st.dictionaries(names, values, max_size=6)


@given(values)
def test_the_canonical_bytes_are_those_of_rfc_8785(value: Json) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(values)
def test_canonical_bytes_say_what_the_value_says(value: Json) -> None:
    assert json.loads(canonical(value)) == value
    assert canonical(json.loads(canonical(value))) == canonical(value)


def test_the_canonical_form_of_what_might_go_wrong() -> None:
    value: Json = {"b": "€\u2028\x7f", "a": ['\b\t\n\f\r"\\/\x00\x1f', -1, True, None], "A": {}}
    assert canonical(value) == (
        b'{"A":{},"a":["\\b\\t\\n\\f\\r\\"\\\\/\\u0000\\u001f",-1,true,null],"b":"\xe2\x82\xac\xe2\x80\xa8\x7f"}'
    )


@given(bodies, bodies)
def test_what_is_not_hashed_and_what_has_no_value_may_be_carried_along(
    body: Mapping[str, Json], other: Mapping[str, Json]
) -> None:
    counted = {name: value for name, value in body.items() if name not in NOT_HASHED}
    empty = {name: None for name in other if name not in body}
    carried = dict.fromkeys(NOT_HASHED, "carried")
    assert entry_hash({**empty, **counted, **carried}) == entry_hash(counted)


@given(bodies, names, scalars)
def test_any_other_field_counts(body: Mapping[str, Json], name: str, value: Json) -> None:
    before = {each: given for each, given in body.items() if each not in NOT_HASHED}
    after = {**before, name: value}
    same = name in NOT_HASHED or canonical(before.get(name)) == canonical(value)
    assert (entry_hash(after) == entry_hash(before)) is same


def test_the_hash_is_sha256_of_the_canonical_fields() -> None:
    body: dict[str, Json] = {"event": "armed", "chain_seq": 1, "step": None, "seq": 9}
    assert entry_hash(body) == hashlib.sha256(b'{"chain_seq":1,"event":"armed"}').hexdigest()


def test_a_commitment_is_salted() -> None:
    personal: dict[str, Json] = {"to": "+15550100"}
    assert commitment(b"salt", personal) == hashlib.sha256(b'salt{"to":"+15550100"}').hexdigest()
    assert commitment(b"another", personal) != commitment(b"salt", personal)


def test_an_instant_is_written_in_utc_to_the_microsecond() -> None:
    instant = datetime(2027, 3, 9, 10, 0, 0, 1, tzinfo=UTC)
    assert instant_text(instant) == "2027-03-09T10:00:00.000001Z"
    assert instant_text(instant.astimezone(timezone(timedelta(hours=-8)))) == instant_text(instant)


def test_a_reason_is_written_with_its_instant_or_without() -> None:
    instant = datetime(2027, 3, 9, 10, 0, tzinfo=UTC)
    reasons = [Reason("a", Verdict.DEFER, "later", instant), Reason("b", Verdict.SKIP, "never")]
    assert reasons_json(reasons) == [
        {"rule": "a", "verdict": "defer", "detail": "later", "until": "2027-03-09T10:00:00.000000Z"},
        {"rule": "b", "verdict": "skip", "detail": "never", "until": None},
    ]


def test_a_chain_is_named_by_creditor_and_debtor() -> None:
    assert chain_of("northwind", "D-1") == "northwind/D-1"
