from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.draw import Draw, DrawnBy
from dialer.core.errors import ConflictError, NotFoundError
from dialer.core.model import Disposition, Outcome
from dialer.core.review import ReviewKind, ReviewState
from dialer.core.scorecard import Answer, Group, Question, Scorecard
from dialer.record.recordings import Measured
from dialer.record.reviews import Judged
from dialer.record.samples import NewSample
from dialer.record.search import Wanted
from recordings.measure import Measures

from .bulk import Made, call, import_list
from .world import NOW, SECOND

if TYPE_CHECKING:
    from .world import World

CARD = Scorecard(name="Sales", groups=(Group(name="g", questions=(Question(id="q", text="?", points=5),)),))
MEASURES = Measures(0.3, 0.6, 0.05, 4.0, 3.5, 0.0, 0.01)
TALKS = [
    Made(NOW, Outcome.ANSWERED, 60.0, agent_id="agent1", disposition=Disposition.AGREED),
    Made(NOW + SECOND, Outcome.ANSWERED, 5.0, agent_id="agent2", disposition=Disposition.REFUSED),
    Made(NOW + 2 * SECOND, Outcome.ABANDONED),
    Made(NOW + 3 * SECOND, Outcome.BUSY),
]


async def talks(world: World) -> int:
    """The talks a000000 to a000003, the first recorded; the id of a scorecard."""
    campaign = await world.campaign()
    leads = await import_list(world.record, campaign, "list", [f"+86138000000{n:02}" for n in range(4)], NOW)
    await call(world.record, campaign, list(zip(leads, TALKS, strict=True)))
    measured = Measured(20.0, 1, "ab", -20.5, -41.0, MEASURES)
    for _ in range(2):  # a part that was lost says it again
        await world.record.recordings.stored("a000000", "a.wav", measured, NOW)
    return (await world.record.scorecards.add(CARD, who="ada", now=NOW)).scorecard_id


def judged(card: int, **changes: object) -> Judged:
    made = Judged("a000000", "agent1", NOW, ReviewKind.REVIEW, "rita", card, {"q": 4.0}, "ok", 80.0, failed=False)
    return replace(made, **changes)  # type: ignore[arg-type]


async def test_a_draft_may_change_and_what_was_given_may_not(world: World) -> None:
    card, reviews = await talks(world), world.record.reviews
    await reviews.save(judged(card, answers={"q": Answer.NA}, score=None), give=False, now=NOW)
    row = await reviews.save(judged(card), give=True, now=NOW + SECOND)
    assert (row.state, row.answers, row.score, row.given_at) == (ReviewState.GIVEN, {"q": 4.0}, 80.0, NOW + SECOND)
    with pytest.raises(ConflictError):
        await reviews.save(judged(card, score=0.0), give=True, now=NOW + 2 * SECOND)
    assert await reviews.of_attempt("a000000") == [row]
    other = await reviews.save(judged(card, kind=ReviewKind.CALIBRATION), give=True, now=NOW)
    assert await reviews.of_agent("agent1") == [row]
    assert [one.review_id for one in await reviews.of_attempt("a000000")] == [row.review_id, other.review_id]
    (counted,) = await reviews.given(NOW, NOW + SECOND, None)
    assert (counted.agent_id, counted.score) == ("agent1", 80.0)
    assert await reviews.given(NOW, NOW + SECOND, {"agent2"}) == []
    assert await reviews.given(NOW + SECOND, NOW + timedelta(days=9), None) == []


async def test_words_among_the_answers_are_words_again(world: World) -> None:
    card = await talks(world)
    row = await world.record.reviews.save(judged(card, answers={"q": Answer.NA}), give=False, now=NOW)
    assert row.answers["q"] is Answer.NA


async def test_an_agent_replies_once(world: World) -> None:
    card, reviews = await talks(world), world.record.reviews
    row = await reviews.save(judged(card), give=True, now=NOW)
    with pytest.raises(NotFoundError):
        await reviews.reply(row.review_id, "agent2", "no", who="sven", now=NOW)
    await reviews.reply(row.review_id, "agent1", "谢谢", who="nora", now=NOW)
    with pytest.raises(ConflictError):
        await reviews.reply(row.review_id, "agent1", "more", who="nora", now=NOW)
    assert (await reviews.of_attempt("a000000"))[0].reply == "谢谢"


async def test_talks_are_found_by_the_measures_of_their_sound(world: World) -> None:
    await talks(world)
    for fits, wanted in [
        (True, Wanted(dead_air_over_s=3.9, overlap_over=0.04, agent_share_over=0.66, clipped_over=0.005)),
        (True, Wanted(agent_share_under=0.67, softer_than_dbfs=-40, shorter_than_s=60.5)),
        (False, Wanted(dead_air_over_s=4.0)),
        (False, Wanted(agent_share_over=0.67)),
        (False, Wanted(softer_than_dbfs=-41)),
        (False, Wanted(clipped_over=0.01)),
        (False, Wanted(reviewed=True, dead_air_over_s=0)),
    ]:
        found = await world.record.search.attempts(wanted, 10)
        assert [one.attempt_id for one in found] == (["a000000"] if fits else []), wanted
        offered = [one async for page in world.record.samples.candidates(wanted) for one in page]
        assert [one.attempt_id for one in offered] == [one.attempt_id for one in found], wanted


async def test_a_sample_tells_how_far_its_reviewers_are(world: World) -> None:
    card, samples = await talks(world), world.record.samples
    draw = Draw(10, DrawnBy.RISK, 1)
    async for page in samples.candidates(Wanted()):
        draw.offer(page)
    new = NewSample("Friday", {"since": "x"}, DrawnBy.RISK, 1, draw.seen, "north")
    sample_id = await samples.add(new, draw.drawn(), who="rita", now=NOW)
    await world.record.reviews.save(judged(card), give=True, now=NOW)
    (row,) = await samples.all("north")
    assert (row.size, row.done, row.drawn_by, row.filters) == (3, 1, DrawnBy.RISK, {"since": "x"})
    assert {attempt_id for attempt_id, _risks in await samples.items(sample_id)} == {"a000000", "a000001", "a000002"}
    assert await samples.all("south") == []
    with pytest.raises(NotFoundError):
        await samples.get(sample_id, "south")
    await samples.remove(sample_id, who="rita", now=NOW)
    assert await samples.all(None) == []


async def test_filters_and_notes_belong_to_whoever_wrote_them(world: World) -> None:
    await talks(world)
    filters, notes = world.record.saved_filters, world.record.sound_notes
    for value in (1, 2):
        await filters.save("rita", "quiet", {"dead_air_over_s": value}, NOW)
    (kept,) = await filters.of("rita")
    assert kept.filters == {"dead_air_over_s": 2}
    with pytest.raises(NotFoundError):
        await filters.remove("rolf", kept.filter_id)
    note_id = await notes.add("a000000", 2.5, "早", who="rita", now=NOW)
    with pytest.raises(NotFoundError):
        await notes.remove("a000000", note_id, who="rolf", now=NOW)
    assert [(one.at_s, one.text) for one in await notes.of(["a000000"])] == [(2.5, "早")]
    await notes.remove("a000000", note_id, who="rita", now=NOW)
    await filters.remove("rita", kept.filter_id)
    assert (await notes.of(["a000000"]), await filters.of("rita")) == ([], [])


async def test_one_calibration_of_a_talk_is_enough(world: World) -> None:
    card, reviews = await talks(world), world.record.reviews
    assert await reviews.calibration_of("a000000") is None
    await reviews.calibrate("a000000", card, who="rita", now=NOW)
    with pytest.raises(ConflictError):
        await reviews.calibrate("a000000", card, who="rolf", now=NOW)
    assert await reviews.calibrations() == [("a000000", card, NOW, "rita")]
