from __future__ import annotations

from dialer.core.access import RIGHTS, Caller, Right, Role


def test_every_role_has_its_rights_and_the_admin_has_all() -> None:
    assert set(RIGHTS) == set(Role)
    assert RIGHTS[Role.ADMIN] == set(Right)
    assert all(rights < set(Right) for role, rights in RIGHTS.items() if role is not Role.ADMIN)


def test_only_those_who_have_to_hear_a_customer_may() -> None:
    hear = {role for role, rights in RIGHTS.items() if Right.HEAR_RECORDINGS in rights}
    assert hear == {Role.TEAM_LEADER, Role.REVIEWER, Role.ADMIN}
    assert {role for role, rights in RIGHTS.items() if Right.SEE_NUMBERS in rights} == {Role.OPERATOR, Role.ADMIN}
    assert {role for role, rights in RIGHTS.items() if Right.MANAGE_USERS in rights} == {Role.ADMIN}


def test_an_agent_is_one_agent() -> None:
    ada = Caller("user:ada", RIGHTS[Role.AGENT], agent_id="agent1")
    assert ada.is_agent("agent1")
    assert not ada.is_agent("agent2")
    assert not Caller("user:bo", RIGHTS[Role.REVIEWER], agent_id="agent1").is_agent("agent1")
    assert not Caller("user:root", RIGHTS[Role.ADMIN]).is_agent("agent1")
