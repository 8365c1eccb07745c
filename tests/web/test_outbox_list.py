"""The list of messages: what it shows, page by page, and what no name can do to it."""

from datetime import UTC, datetime

import pytest

from scheduler.domain.news import PlanRow
from scheduler.web import outbox
from tests.builders import a_creditor
from tests.fakes.world import a_plan_row
from tests.web.stage import Stage, elements, words


async def test_an_empty_outbox_says_that_messages_are_coming(stage: Stage) -> None:
    page = words((await stage.get("/outbox")).text)
    assert "No message yet." in page
    assert "Nothing is deferred" in page


async def test_a_message_stands_with_whom_when_and_what_it_was_for(stage: Stage) -> None:
    stage.world.take_plans(a_plan_row(time_zone="America/New_York", email=None))
    stage.world.clock.instant = datetime(2027, 3, 9, 15, 0, tzinfo=UTC)
    await stage.turn()
    page = words((await stage.get("/outbox")).text)
    assert "Ada Example Dear Ada Example" in page
    assert "Upcoming payment upcoming SMS 1 segment Sent Tue 9 Mar 2027, 10:00 America/New York" in page
    assert "Sent 1 Deferred 0 Refused 0 Unknown 0" in page


async def test_an_email_is_listed_by_its_subject(stage: Stage) -> None:
    stage.world.take_plans(a_plan_row())
    await stage.turn()
    assert "Ada Example A note about your plan Upcoming payment upcoming Email Sent" in words(
        (await stage.get("/outbox")).text
    )


async def test_a_deferred_contact_stands_at_the_top_with_its_reason(stage: Stage) -> None:
    stage.world.clock.instant = datetime(2027, 3, 9, 5, 0, tzinfo=UTC)
    stage.world.take_plans(a_plan_row())
    await stage.turn()
    page = words((await stage.get("/outbox")).text)
    assert "Sent 0 Deferred 1" in page
    assert "Deferred: the next is due in 4 hours Tue 9 Mar 2027, 09:00 Europe/London Ada Example" in page
    assert "Contact hours are closed in Europe/London" in page


async def test_a_refused_contact_is_counted(stage: Stage) -> None:
    stage.world.creditors = {"northwind": a_creditor(default_consent_basis=None)}
    stage.world.take_plans(a_plan_row())
    await stage.turn()
    assert "Sent 0 Deferred 0 Refused 1 Unknown 0" in words((await stage.get("/outbox")).text)


async def _send(stage: Stage, number: int) -> list[str]:
    stage.world.take_plans(*(_row_on("sms", each, f"Debtor {each}") for each in range(number)))
    await stage.turn()
    return stage.message_keys()


def _shown(page: str) -> list[str]:
    lines = page.split('href="/outbox/')[1:]
    return [each.split('"')[0] for each in lines]


async def test_pages_join_without_gap_or_overlap_both_ways(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "PAGE", 3)
    newest_first = (await _send(stage, 8))[::-1]
    first = (await stage.get("/outbox")).text
    assert _shown(first) == newest_first[:3]
    assert "Newer" not in first
    second = (await stage.get(f"/outbox?before={_edge(first, 'before')}")).text
    assert _shown(second) == newest_first[3:6]
    third = (await stage.get(f"/outbox?before={_edge(second, 'before')}")).text
    assert _shown(third) == newest_first[6:]
    assert "Older" not in third
    back = (await stage.get(f"/outbox?after={_edge(third, 'after')}")).text
    assert _shown(back) == newest_first[3:6]
    front = (await stage.get(f"/outbox?after={_edge(back, 'after')}")).text
    assert _shown(front) == newest_first[:3]
    assert "Newer" not in front


def _edge(page: str, name: str) -> str:
    return page.partition(f"/outbox?{name}=")[2].partition('"')[0]


async def test_a_full_last_page_offers_nothing_older(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "PAGE", 3)
    await _send(stage, 3)
    assert "Older" not in (await stage.get("/outbox")).text


async def test_a_page_beyond_the_end_leads_back(stage: Stage) -> None:
    page = await stage.get("/outbox?before=1")
    assert page.status_code == 200
    assert "Go to the newest." in page.text


@pytest.mark.parametrize("query", ["before=0", "before=-1", "before=x", f"after={2**63}", "before="])
async def test_a_number_that_cannot_be_one_is_not_here(stage: Stage, query: str) -> None:
    assert (await stage.get(f"/outbox?{query}")).status_code == 404


async def test_a_missing_file_is_said_beside_its_message(stage: Stage) -> None:
    stage.world.take_plans(a_plan_row(email=None))
    await stage.turn()
    (stage.folder / f"{stage.message_keys()[0]}.json").unlink()
    page = words((await stage.get("/outbox")).text)
    assert "Ada Example The file of this message is no longer in the outbox." in page


NAMES = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "</bdi></a><h1>Boo</h1>",
    "\u202eelpmaxE adA",
    "\u0644\u064a\u0644\u0649 \u0627\u0644\u0639\u0637\u0627\u0631",
    "&lt;b&gt;&amp;",
    "Z" + "\u0335\u0321" * 200,
    "x" * 2_000,
    "<b>" * 600,
]


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_no_name_adds_an_element_to_any_page(stage: Stage, channel: str) -> None:
    stage.world.take_plans(*(_row_on(channel, at, name) for at, name in enumerate(["Ada Example", *NAMES])))
    await stage.turn()
    pages = [(await stage.get(f"/outbox/{key}")).text for key in stage.message_keys()]
    assert len(pages) == len(NAMES) + 1
    plain = next(each for each in pages if "Ada Example" in each)
    assert [elements(each) for each in pages] == [elements(plain)] * len(pages)
    shown = words("".join(pages))
    assert [each for each in NAMES if " ".join(each.split()) not in shown] == []
    found = elements((await stage.get("/outbox")).text)
    rows = found[found.index(("tbody", ("role",))) + 1 :]
    size = len(rows) // len(pages)
    assert rows == rows[:size] * len(pages)


def _row_on(channel: str, at: int, name: str) -> PlanRow:
    return a_plan_row(
        line=at,
        plan_ref=f"P-{at}",
        debtor_ref=f"D-{at}",
        debtor_name=name,
        phone=f"+4420794600{at:02}" if channel == "sms" else None,
        email=f"reader{at}@example.com" if channel == "email" else None,
    )
