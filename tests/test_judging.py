from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core import events as ev
from dialer.core.call import WITHDRAWN, Call, CallRules, Timeline
from dialer.core.chances import KNOWS_FROM, Chances
from dialer.core.errors import RecordError
from dialer.core.events import Timer
from dialer.core.features import ALWAYS, Features
from dialer.core.model import HungUpBy
from dialer.judging import Judge, still_answered

from .fakes.virtual_time import MIDMORNING, virtual_now

if TYPE_CHECKING:
    from dialer.record.campaigns import Campaign

    from .fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

LEG = "a1"
CALL = Features((ALWAYS, "@tag=prime"))
RINGS = ev.LegRinging(MIDMORNING, LEG)
ANSWERS = ev.LegAnswered(MIDMORNING, LEG)
LATE = MIDMORNING + timedelta(seconds=25)
WITHDRAWAL = ev.TimerFired(MIDMORNING, Timer.RING)
SENT = ev.Sent(MIDMORNING)


class Listening(Chances):
    """Notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[float] = []

    def learn(self, features: Features, answered: float) -> None:
        self.told.append(answered)
        super().learn(features, answered)


def ends(cause: int = 16, sip_code: int | None = None) -> ev.LegEnded:
    return ev.LegEnded(LATE, LEG, cause, "", sip_code)


@pytest.fixture
def judge(centre: Centre, campaign: Campaign) -> Judge:
    return Judge(campaign.campaign_id, centre.record, virtual_now)


def what_is_learned(judge: Judge, *events: ev.Event, **rules: Any) -> list[float]:
    """Of a call to which all this happens, each twice."""
    judge.chances = heard = Listening()
    call = Call(LEG, CallRules(**rules), Timeline(queued_at=MIDMORNING))
    judge.sent_on(LEG, CALL)
    for event in events:
        if event is WITHDRAWAL:
            call.detail = WITHDRAWN
        for _ in range(2):
            call.handle(event)
            judge.moved(call)
    return heard.told


@pytest.mark.parametrize(
    ("events", "rules", "learned"),
    [
        pytest.param([SENT, RINGS, ANSWERS], {}, [1.0], id="answered: learned at once"),
        pytest.param([SENT, RINGS, ANSWERS], {"agentless_flow": "survey"}, [1.0], id="answered: hears a flow"),
        pytest.param([SENT, ANSWERS], {"detect_machines": True}, [], id="nobody knows yet who answered"),
        pytest.param(
            [SENT, ANSWERS, ev.Detected(LATE, LEG, machine=False, cause="HUMAN")], {"detect_machines": True}, [1.0]
        ),
        pytest.param(
            [SENT, ANSWERS, ev.Detected(LATE, LEG, machine=True, cause="TOOLONG"), ends()],
            {"detect_machines": True},
            [0.0],
        ),
        pytest.param([SENT, ANSWERS, ends()], {"detect_machines": True}, [1.0], id="gone before it was detected"),
        pytest.param([SENT, RINGS, ev.OriginateFailed(LATE, LEG, "3"), ends(16, 480)], {}, [0.0], id="rang out"),
        pytest.param([SENT, ends(17, 486)], {}, [0.0], id="busy"),
        pytest.param([SENT, RINGS, ends(21, 603)], {}, [0.0], id="rejected"),
        pytest.param([SENT, ends(1, 404)], {}, [0.0], id="no such number"),
        pytest.param([SENT, ends(34, 503)], {}, [], id="the trunk had no room"),
        pytest.param([SENT, ev.CommandFailed(LATE, "Place", "refused"), ends()], {}, [], id="the switch refused"),
        pytest.param([SENT, RINGS, ev.LegVanished(LATE, LEG)], {}, [], id="the switch lost it"),
        pytest.param([ev.Forbidden(LATE, "do-not-call")], {}, [], id="forbidden at the last moment"),
        pytest.param([SENT, RINGS, ev.HangUpAsked(LATE, HungUpBy.SYSTEM), ends()], {}, [], id="we were told to stop"),
        pytest.param([SENT, RINGS, WITHDRAWAL, ANSWERS, ends()], {}, [1.0], id="answered while it was withdrawn"),
        pytest.param([SENT, RINGS, ev.LegUnattended(LATE, LEG)], {}, [1.0], id="the dialplan attended to it"),
    ],
)
async def test_what_becomes_of_a_call_is_learned_once_and_as_soon_as_it_is_known(
    judge: Judge, events: list[ev.Event], rules: dict[str, Any], learned: list[float]
) -> None:
    assert what_is_learned(judge, *events, **rules) == learned


async def test_whoever_was_withdrawn_is_learned_as_somebody_who_might_still_have_answered(judge: Judge) -> None:
    usual = Chances().probability(CALL)
    (learned,) = what_is_learned(judge, SENT, RINGS, WITHDRAWAL, ends(16, 487))
    assert learned == pytest.approx(still_answered(usual), abs=0.01)
    (unalerted,) = what_is_learned(judge, SENT, WITHDRAWAL, ends(16, 487))
    assert unalerted == pytest.approx(learned, abs=0.01)
    # Were they learned as not answered, who is withdrawn half of the time would look as if they seldom answered.
    judge.chances = Chances()
    told = {"said": Features((ALWAYS, "@w=said")), "zero": Features((ALWAYS, "@w=zero"))}
    for number in range(600):
        for word, features in told.items():
            withdrawn = number % 2 and number % 10 not in {1, 3, 5}
            guess = still_answered(judge.chances.probability(features)) if word == "said" else 0.0
            judge.sent_on(word, features)
            judge.learn(word, guess if withdrawn else float(number % 10 in {0, 1, 3, 5}))
    assert judge.chances.probability(told["said"]) > judge.chances.probability(told["zero"])


@given(st.floats(0, 1))
def test_waiting_in_vain_never_makes_an_answer_likelier(chance: float) -> None:
    assert 0 <= still_answered(chance) <= chance


async def test_calls_that_are_never_heard_of_again_are_forgotten(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialer.judging._MOST_ON_THEIR_WAY", 50)
    for number in range(500):
        judge.sent_on(f"a{number}", CALL)
    assert len(judge._features) == 50  # noqa: SLF001 - what is bounded is nobody else's business
    judge.learn("a0", 1.0)
    assert judge.chances.outcomes == 0
    judge.learn("a499", 1.0)
    assert judge.chances.outcomes == 1


# --- from one run to the next -------------------------------------------------------------------------------


def learn(judge: Judge, calls: int = KNOWS_FROM) -> None:
    for number in range(calls):
        judge.sent_on(LEG, CALL)
        judge.learn(LEG, float(number % 2))


async def test_what_was_learned_is_read_first_and_written_every_minute(
    centre: Centre, campaign: Campaign, judge: Judge
) -> None:
    assert judge.wants_keeping()
    await judge.keep()
    assert not judge.wants_keeping()
    learn(judge)
    await asyncio.sleep(61)
    assert judge.wants_keeping()
    await judge.keep()
    another = Judge(campaign.campaign_id, centre.record, virtual_now)
    await another.keep()
    assert another.chances.outcomes == KNOWS_FROM
    assert another.chances.probability(CALL) == pytest.approx(judge.chances.probability(CALL), abs=1e-4)


class Away:
    """A record that fails, or keeps one waiting, as long as it is away."""

    def __init__(self, centre: Centre, monkeypatch: pytest.MonkeyPatch, name: str, *, slow_s: float = 0.0) -> None:
        self.is_away, self.asked = True, 0
        back = getattr(centre.record.chances, name)

        async def ask(*args: Any) -> Any:
            self.asked += 1
            await asyncio.sleep(slow_s)
            if self.is_away:
                raise RecordError("the database is away")
            return await back(*args)

        monkeypatch.setattr(centre.record.chances, name, ask)


async def test_what_could_not_be_read_is_never_written_over_and_is_read_as_soon_as_it_can_be(
    centre: Centre, campaign: Campaign, judge: Judge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await judge.keep()
    learn(judge, 500)
    await judge.last_word()
    reading = Away(centre, monkeypatch, "load")
    another = Judge(campaign.campaign_id, centre.record, virtual_now)
    for _ in range(3):
        await another.keep()
        learn(another, 5)
        await another.last_word()
        assert not another.wants_keeping()
        await asyncio.sleep(11)
        assert another.wants_keeping()
    assert reading.asked == 3
    assert len([line for line in caplog.records if line.message == "chances not kept"]) == 3
    reading.is_away = False
    await another.keep()
    assert another.chances.outcomes == 500


async def test_what_could_not_be_written_is_written_later(
    centre: Centre, campaign: Campaign, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    await judge.keep()
    learn(judge, 7)
    writing = Away(centre, monkeypatch, "save")
    await judge.keep()
    learn(judge, 4)
    writing.is_away = False
    await judge.keep()
    await judge.keep()
    assert writing.asked == 2  # nothing new, nothing written
    assert (await centre.record.chances.load(campaign.campaign_id, virtual_now())).outcomes == 11


async def test_the_last_word_is_not_waited_for_longer_than_a_few_seconds(
    centre: Centre, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    await judge.keep()
    learn(judge, 7)
    Away(centre, monkeypatch, "save", slow_s=60)
    before = virtual_now()
    await judge.last_word()
    assert virtual_now() - before < timedelta(seconds=5)
