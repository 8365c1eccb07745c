"""The law by which reports raise what is known of a message: the same end, in whatever order they come."""

from collections.abc import Iterable
from itertools import combinations_with_replacement, pairwise, permutations

import pytest

from scheduler.domain.receipt import DeliveryReceipt, ReceiptKind, risen

K = ReceiptKind
RANKED = [K.SENT, K.UNDELIVERED, K.DELIVERED, K.COMPLAINED]
SILENT = [K.QUEUED, K.OPTED_OUT, K.UNKNOWN]


def end_of(reports: Iterable[ReceiptKind]) -> ReceiptKind | None:
    known: ReceiptKind | None = None
    for each in reports:
        known = risen(known, each) or known
    return known


@pytest.mark.parametrize("number", range(1, 7))
def test_up_to_six_reports_come_to_the_same_end_in_every_order(number: int) -> None:
    for reports in combinations_with_replacement([*RANKED, K.UNKNOWN], number):
        assert len({end_of(each) for each in set(permutations(reports))}) == 1, reports


def test_the_end_is_the_highest_of_the_reports() -> None:
    for reports in combinations_with_replacement(K, 4):
        highest = max((each for each in reports if each in RANKED), key=RANKED.index, default=None)
        assert end_of(reports) is highest, reports


def test_a_report_that_comes_again_changes_nothing() -> None:
    for before in [None, *K]:
        for report in K:
            assert risen(risen(before, report) or before, report) is None, (before, report)


@pytest.mark.parametrize("before", [None, *K])
@pytest.mark.parametrize("report", SILENT)
def test_that_it_is_queued_or_in_no_known_state_is_no_more_than_that_it_was_accepted(
    before: ReceiptKind | None, report: ReceiptKind
) -> None:
    assert risen(before, report) is None


@pytest.mark.parametrize(("lower", "higher"), list(pairwise(RANKED)))
def test_each_rank_rises_above_the_one_before_and_never_back(lower: ReceiptKind, higher: ReceiptKind) -> None:
    assert risen(lower, higher) is higher
    assert risen(higher, lower) is None


def a_receipt(kind: ReceiptKind, *, invalid: bool = False, opted_out: bool = False) -> DeliveryReceipt:
    return DeliveryReceipt(kind, "SM1", "e1", None, None, None, None, invalid, opted_out)


@pytest.mark.parametrize(
    ("receipt", "closes", "marks"),
    [
        (a_receipt(K.COMPLAINED), True, True),
        (a_receipt(K.OPTED_OUT), True, True),
        (a_receipt(K.UNDELIVERED, opted_out=True), True, True),
        (a_receipt(K.UNDELIVERED, invalid=True), False, True),
        (a_receipt(K.UNDELIVERED), False, False),
        (a_receipt(K.DELIVERED), False, False),
    ],
)
def test_a_report_closes_an_address_or_speaks_against_it(
    receipt: DeliveryReceipt, closes: bool, marks: bool
) -> None:
    assert (receipt.closes_address, receipt.marks_address) == (closes, marks)
