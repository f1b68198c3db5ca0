from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.draw import Candidate, Draw, Drawn, DrawnBy, Risk
from dialer.core.errors import InputError
from dialer.core.model import Disposition, Outcome

AGENTS = ["agent1", "agent2", "agent3", None]

candidates = st.lists(
    st.builds(
        Candidate,
        attempt_id=st.integers(0, 10**6).map(str),
        agent_id=st.sampled_from(AGENTS),
        outcome=st.just(Outcome.ANSWERED),
        disposition=st.sampled_from([None, *Disposition]),
        talk_s=st.floats(0, 600),
        new_agent=st.booleans(),
    ),
    max_size=40,
    unique_by=lambda one: one.attempt_id,
)


def drawn(of: list[Candidate], size: int, by: DrawnBy = DrawnBy.RISK, seed: int = 7) -> list[Drawn]:
    draw = Draw(size, by, seed)
    draw.offer(of)
    assert draw.seen == len(of)
    return draw.drawn()


@given(candidates, st.integers(3, 20), st.sampled_from(DrawnBy), st.integers(0, 2**31 - 1), st.randoms())
def test_a_sample_forgets_no_agent_and_is_the_same_in_whatever_order_it_is_offered(
    of: list[Candidate],
    size: int,
    by: DrawnBy,
    seed: int,
    rng: object,
) -> None:
    found = drawn(of, size, by, seed)
    assert len(found) == min(size, len(of))
    assert len({one.attempt_id for one in found}) == len(found)
    assert {one.agent_id for one in found} - {None} == {one.agent_id for one in of} - {None}
    shuffled = list(of)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert drawn(shuffled, size, by, seed) == found


def test_another_seed_draws_another_sample() -> None:
    many = [Candidate(f"a{n}", "agent1", Outcome.ANSWERED, None, 60.0) for n in range(100)]
    assert {one.attempt_id for one in drawn(many, 10, seed=1)} != {one.attempt_id for one in drawn(many, 10, seed=2)}


def test_risk_makes_a_talk_likelier_and_chance_does_not_look_at_it() -> None:
    calm = [Candidate(f"c{n}", "agent1", Outcome.ANSWERED, Disposition.AGREED, 60.0) for n in range(500)]
    grave = [Candidate(f"g{n}", "agent1", Outcome.ANSWERED, Disposition.DO_NOT_CALL, 5.0) for n in range(500)]
    counts = {by: sum(one.attempt_id.startswith("g") for one in drawn(calm + grave, 200, by, seed=3)) for by in DrawnBy}
    # Six times as likely each: about 165 of the first 200; by chance 100, give or take 3 standard deviations.
    assert counts[DrawnBy.RISK] > 145
    assert 79 <= counts[DrawnBy.RANDOM] <= 121


def test_there_must_be_room_for_every_agent() -> None:
    three = [Candidate(name, name, Outcome.ANSWERED, None, 60.0) for name in ("a1", "a2", "a3")]
    assert len(drawn(three, 3)) == 3
    with pytest.raises(InputError, match="size: there are 3 agents"):
        drawn(three, 2)


@pytest.mark.parametrize(
    ("fields", "risks"),
    [
        ({}, ()),
        ({"talk_s": 19.9}, (Risk.SHORT,)),
        ({"talk_s": None, "outcome": Outcome.ABANDONED}, (Risk.ABANDONED,)),
        ({"disposition": Disposition.REFUSED, "new_agent": True}, (Risk.REFUSED, Risk.NEW_AGENT)),
        ({"disposition": Disposition.NOT_RECORDED}, (Risk.NOT_RECORDED,)),
        ({"dead_air_share": 0.2, "overlap_share": 0.1, "agent_share": 0.8},
         (Risk.DEAD_AIR, Risk.OVERLAP, Risk.ONE_SIDED)),
        ({"dead_air_share": 0.19, "overlap_share": 0.09, "agent_share": 0.79}, ()),
    ],
)  # fmt: skip
def test_what_speaks_for_a_look(fields: dict[str, object], risks: tuple[Risk, ...]) -> None:
    values: dict[str, object] = {"outcome": Outcome.ANSWERED, "disposition": None, "talk_s": 60.0} | fields
    assert Candidate("a1", "agent1", **values).risks() == risks  # type: ignore[arg-type]
