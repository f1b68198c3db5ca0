"""Judges how likely each candidate is to answer, learns from what becomes of the calls, and keeps what it learned."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from dialer.core.call import WITHDRAWN, CallState
from dialer.core.chances import Chances, best_first
from dialer.core.errors import RecordError
from dialer.core.features import Features, Past, features_of, person_answered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dialer.core.call import Call
    from dialer.core.eligibility import Facts
    from dialer.core.model import NumberRef
    from dialer.core.plan import CampaignPlan
    from dialer.ports import Clock
    from dialer.record.record import Record

    Pasts = Mapping[int, Past]

log = logging.getLogger(__name__)

_KEEP_EVERY_S = 60.0
_AGAIN_S = 10.0
"""When a record that did not answer is asked again."""
_LAST_WORD_S = 3.0
"""How long the end of a campaign's loop waits for what was learned to be written."""
_MOST_ON_THEIR_WAY = 10_000
"""Of how many calls it is remembered by what they were judged: more than any switch carries."""
_ANSWERED_BEFORE = 0.8
"""Of the answers that come at all, the share that comes before a call may be withdrawn; a guess on the low side."""
_NOTHING = Features(())
"""Of a lead without a number: `eligibility` sees to it."""
_PERSON_IS_THERE = frozenset({CallState.WAITING, CallState.CONNECTING, CallState.TALKING, CallState.MESSAGE})


class Judge:
    """What one campaign knows of who answers."""

    def __init__(self, campaign_id: int, record: Record, clock: Clock) -> None:
        self.chances = Chances()
        self._campaign_id = campaign_id
        self._record = record
        self._clock = clock
        self._features: dict[str, Features] = {}
        """By what the calls on their way were judged, by attempt."""
        self._is_read = False
        self._kept = 0
        """The outcomes in what was written last."""
        self._keep_at_s = 0.0
        self._turn = asyncio.Lock()

    @property
    def knows(self) -> bool:
        """Whether it goes by what it learned; until then a list's own order stands."""
        return self.chances.knows

    async def ranked(self, found: Sequence[Facts], plan: CampaignPlan) -> tuple[list[Facts], Pasts]:
        """Candidates in the order to call them, by their priority and then by their chance, and their numbers' pasts.

        They stay as they are while nothing is known. RecordError where the pasts cannot be read.
        """
        pasts = await self._record.chances.pasts([number for facts in found for number in facts.lead.numbers])
        if not self.knows:
            return list(found), pasts
        features = [self.features(facts, _first_number(facts), pasts, plan) for facts in found]
        order = best_first([facts.lead.priority for facts in found], self.chances.probabilities(features))
        return [found[place] for place in order], pasts

    def features(self, facts: Facts, number: NumberRef | None, pasts: Pasts, plan: CampaignPlan) -> Features:
        """By what a call to a lead at this number is judged now."""
        if number is None:
            return _NOTHING
        return features_of(facts, number, pasts.get(number.number_id, Past()), plan, self._clock())

    def chance(self, features: Features) -> float | None:
        """How likely a person answers (0..1); None while nothing is known."""
        return self.chances.probability(features) if self.knows else None

    # --- what becomes of the calls ------------------------------------------------------------------

    def sent_on(self, attempt_id: str, features: Features) -> None:
        """A call is on its way that was judged by this: what becomes of it is to be learned."""
        self._features[attempt_id] = features
        if len(self._features) > _MOST_ON_THEIR_WAY:
            del self._features[next(iter(self._features))]

    def moved(self, call: Call) -> None:
        """A call has changed its state: learn from it as soon as it tells something, and once only."""
        if call.state in _PERSON_IS_THERE:
            self.learn(call.attempt_id, 1.0)
        elif call.state is CallState.ENDED:
            self.learn(call.attempt_id, self._became(call))

    def learn(self, attempt_id: str, answered: float | None) -> None:
        """Tell what became of an attempt; None where that says nothing of the customer. What is said again is ignored.

        InputError for a share of an answer that is not from 0 to 1.
        """
        features = self._features.pop(attempt_id, None)
        if features is not None and answered is not None:
            self.chances.learn(features, answered)

    def _became(self, call: Call) -> float | None:
        if call.detail == WITHDRAWN and not call.answered and (features := self._features.get(call.attempt_id)):
            return still_answered(self.chances.probability(features))
        return None if call.outcome is None else person_answered(call.outcome)

    # --- from one run to the next -------------------------------------------------------------------

    def wants_keeping(self) -> bool:
        """Whether it is time to read what was learned before, or to write what has been since."""
        return not self._turn.locked() and _now_s() >= self._keep_at_s

    async def keep(self) -> None:
        """Read what was learned before, or else write what has been since. Where the record is away, soon again.

        What was never read is not written over.
        """
        async with self._turn:
            try:
                if self._is_read:
                    await self._write()
                else:
                    await self._read()
            except RecordError as error:
                self._keep_at_s = _now_s() + _AGAIN_S
                doing = "written" if self._is_read else "read"
                why = f"what was learned of who answers is not {doing} yet: {error}"
                log.warning("chances not kept", extra={"campaign": self._campaign_id, "why": why})
            else:
                self._keep_at_s = _now_s() + _KEEP_EVERY_S

    async def last_word(self) -> None:
        """The loop ends: write what was learned, for the next run or the next node, if the record has time for it."""
        if not self._is_read:
            return
        try:
            async with asyncio.timeout(_LAST_WORD_S):
                await self.keep()
        except TimeoutError:
            log.warning("chances not kept", extra={"campaign": self._campaign_id, "why": "the record is busy"})

    async def _read(self) -> None:
        self.chances = await self._record.chances.load(self._campaign_id, self._clock())
        self._kept, self._is_read = self.chances.outcomes, True

    async def _write(self) -> None:
        outcomes = self.chances.outcomes
        if outcomes != self._kept:
            await self._record.chances.save(self._campaign_id, self.chances, self._clock())
            self._kept = outcomes


def _first_number(facts: Facts) -> NumberRef | None:
    """The number that is called first, if nothing is against it; `eligibility` has the last word on that."""
    lead = facts.lead
    return min(
        lead.numbers, key=lambda one: (one.dead, one.number_id != lead.due_number_id, one.attempts), default=None
    )


def still_answered(chance: float) -> float:
    """How likely a call would still have been answered that was withdrawn unanswered; `chance`: when it was sent.

    That nobody had answered yet speaks against it (Bayes): p (1 - F) / (1 - p F), with F the share of answers that
    come before. To learn it as not answered would make whoever is withdrawn often look as if they never answered.
    """
    return chance * (1 - _ANSWERED_BEFORE) / (1 - chance * _ANSWERED_BEFORE)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
