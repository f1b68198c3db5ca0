from __future__ import annotations

from dataclasses import replace

from dialer.core.causes import Action, Cause, Counts, Likely
from dialer.core.cube import By, Calls, Cell, Cube
from dialer.core.suspects import find, in_the_whole

from .shifts import Bad, Shift


def named(counts: Counts) -> list[tuple[Cause, By | None, str | None]]:
    return [likely.name for likely in find(counts)[0]]


def test_one_bad_list_of_ten_is_named_with_its_evidence_and_nothing_else() -> None:
    (likely,), left = find(Shift(2000, bad=(Bad(0, (6,), dead=0.6),)).counts())
    assert likely.name == (Cause.BAD_LIST, By.LIST, "7")
    assert likely.action is Action.FEEDBACK_FILE
    assert "list 7: " in likely.evidence
    assert "calls met dead numbers" in likely.evidence
    assert "7" not in left.by(By.LIST)


def test_two_hundred_calls_are_enough_for_a_list_that_is_mostly_dead() -> None:
    assert named(Shift(400, bad=(Bad(0, (6,), dead=0.8),)).counts()) == [(Cause.BAD_LIST, By.LIST, "7")]


def test_two_bad_lists_do_not_hide_each_other() -> None:
    counts = Shift(4000, bad=(Bad(0, (6,), dead=0.6), Bad(0, (2,), dead=0.5))).counts()
    assert set(named(counts)) == {(Cause.BAD_LIST, By.LIST, "7"), (Cause.BAD_LIST, By.LIST, "3")}


def test_a_bad_prefix_is_told_from_a_bad_list() -> None:
    assert named(Shift(6000, bad=(Bad(1, (5,), dead=0.7),)).counts()) == [(Cause.BAD_LIST, By.PREFIX, "+86135")]


def test_a_bad_list_that_is_worked_on_in_the_mornings_does_not_make_the_mornings_bad() -> None:
    cells = {}
    for hour in range(9, 19):
        cells[Cell("1", "+86138", f"{hour:02}", "carrier", "+86215555000")] = Calls(200, 60, 60, 40, 3, 6, 16, 6)
    for hour in (9, 10):
        cells[Cell("2", "+86139", f"{hour:02}", "carrier", "+86215555000")] = Calls(200, 12, 12, 8, 0, 1, 150, 6)
    assert named(Counts(Cube.of(cells))) == [(Cause.BAD_LIST, By.LIST, "2")]


def test_hours_at_which_fewer_answer_are_named_together_with_the_best() -> None:
    (likely,), _left = find(Shift(4000, bad=(Bad(2, (0, 1), answered=0.12),)).counts())
    assert likely.name == (Cause.WRONG_HOUR, By.HOUR, None)
    assert likely.evidence.startswith("at 09:00, 10:00: ")
    assert likely.action is Action.OTHER_HOURS


def test_a_list_that_lives_and_is_seldom_answered_wants_a_second_round() -> None:
    (likely,), _left = find(Shift(4000, bad=(Bad(0, (3,), answered=0.1),)).counts())
    assert (likely.name, likely.action) == ((Cause.SELDOM_ANSWERED, By.LIST, "4"), Action.SECOND_ROUND)


def test_one_caller_id_of_three_that_is_turned_away_is_named() -> None:
    counts = Shift(3000, callers=3, bad=(Bad(4, (1,), turned_away=0.3),)).counts()
    assert named(counts) == [(Cause.TRUNK_OR_CALLER_ID, By.CALLER_ID, "+862155550001")]


def test_the_only_caller_id_of_a_campaign_is_compared_with_those_of_others() -> None:
    counts = Shift(1000, turned_away=0.3).counts()
    assert named(counts) == []
    others = {By.CALLER_ID: {"+862155559999": Calls(5000, 0, 0, 0, 0, 0, 400, 150)}}
    assert named(replace(counts, elsewhere=others)) == [(Cause.TRUNK_OR_CALLER_ID, By.CALLER_ID, "+862155550000")]


def test_a_bad_segment_is_named_where_neither_list_nor_prefix_is() -> None:
    counts = replace(Shift(6000).counts(), segments={"+861380013": Calls(60, 5, 5, 4, 0, 0, 50, 1)})
    assert named(counts) == [(Cause.BAD_LIST, By.SEGMENT, "+861380013")]
    both = Shift(6000, bad=(Bad(0, (6,), dead=0.6),)).counts()
    assert named(replace(both, segments=counts.segments)) == [(Cause.BAD_LIST, By.LIST, "7")]


def test_an_opening_that_loses_most_talks_is_named_for_the_whole() -> None:
    (likely,), _left = find(Shift(2000, brief=0.7).counts())
    assert likely.name == (Cause.DROPPED_AT_ONCE, None, None)
    assert likely.action is Action.CHANGE_OPENING


def test_an_agent_whose_talks_end_at_once_is_named() -> None:
    agents = {f"agent{n}": Calls(100, 100, 100, 70, 3, 10, 0, 0) for n in range(8)}
    agents["agent8"] = Calls(100, 100, 100, 25, 30, 2, 0, 0)
    assert named(replace(Shift(2000).counts(), agents=agents)) == [(Cause.DROPPED_AT_ONCE, By.AGENT, "agent8")]


def test_twenty_calls_name_nobody() -> None:
    assert named(Shift(20, bad=(Bad(0, (6,), dead=1.0),)).counts()) == []
    assert named(Counts(Cube.of({}))) == []


def test_leads_that_were_called_again_and_again_are_fewer_witnesses() -> None:
    counts = Shift(300, bad=(Bad(0, (6,), dead=0.8),)).counts()
    assert named(counts) == [(Cause.BAD_LIST, By.LIST, "7")]
    assert named(replace(counts, calls_each={str(n): 4.0 for n in range(1, 11)})) == []


def test_equal_lists_are_named_in_at_most_one_of_a_hundred_days() -> None:
    wrong = [seed for seed in range(200) if find(Shift(1500, seed=seed).counts())[0]]
    assert len(wrong) <= 2


def test_what_was_named_is_named_until_it_is_no_longer_unlikely() -> None:
    fading = next(
        counts
        for seed in range(200)
        if not find(counts := Shift(700, seed=seed, bad=(Bad(0, (6,), dead=0.22),)).counts())[0]
        and find(counts, frozenset({(Cause.BAD_LIST, By.LIST, "7")}))[0]
    )
    assert named(fading) == []
    gone = Shift(700).counts()
    assert find(gone, frozenset({(Cause.BAD_LIST, By.LIST, "7")}))[0] == []


def causes(found: list[Likely]) -> list[Cause]:
    return [likely.cause for likely in found]


def test_dead_numbers_everywhere_are_the_cause_where_the_rest_would_keep_the_band() -> None:
    assert causes(in_the_whole(Calls(1000, 200, dead=400), 0.3)) == [Cause.BAD_LIST]
    assert causes(in_the_whole(Calls(1000, 200, turned_away=400), 0.3)) == [Cause.TRUNK_OR_CALLER_ID]
    assert causes(in_the_whole(Calls(1000, 200, dead=250, turned_away=250), 0.3)) == [
        Cause.BAD_LIST,
        Cause.TRUNK_OR_CALLER_ID,
    ]
    assert in_the_whole(Calls(1000, 100, dead=400), 0.3) == []  # too few would answer without them as well
    assert in_the_whole(Calls(1000, 290, dead=50), 0.3) == []  # so few dead numbers are in every list
    assert in_the_whole(Calls(), 0.3) == []
