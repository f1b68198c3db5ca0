from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dialer.core.telephone import Telephone, endpoint_of, page_password, standing_leg, telephone_of

NAMES = st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True)
UNIQUE = st.from_regex(r"[A-Za-z0-9]{1,26}", fullmatch=True)


@given(NAMES, NAMES, st.sampled_from(Telephone), st.sampled_from(Telephone))
def test_no_two_telephones_share_a_name(one: str, other: str, first: Telephone, second: Telephone) -> None:
    same = (one, first) == (other, second)
    assert (endpoint_of(one, first) == endpoint_of(other, second)) is same


@given(NAMES, NAMES, st.sampled_from(Telephone), UNIQUE)
def test_a_leg_tells_whose_it_is_and_on_which_telephone(
    agent_id: str, other: str, telephone: Telephone, unique: str
) -> None:
    leg_id = standing_leg(agent_id, telephone, unique)
    assert telephone_of(agent_id, leg_id) is telephone
    assert other == agent_id or telephone_of(other, leg_id) is None


def test_a_customers_leg_is_no_agents() -> None:
    assert telephone_of("agent1", "0198f3a2-agent1-7") is None


def test_the_pages_password_is_its_agents_alone_and_does_not_show_the_secret() -> None:
    passwords = {page_password(agent, secret) for agent in ("agent1", "agent2") for secret in ("one", "two")}
    assert len(passwords) == 4
    assert page_password("agent1", "one") == page_password("agent1", "one")
    assert all(len(password) == 64 and "one" not in password for password in passwords)
