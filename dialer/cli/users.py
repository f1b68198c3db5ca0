"""`dialer users ...`: who may work with the consoles; the first admin is made here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.cli.terminal import Json, console, now, open_record, print_json, print_table, run, settings, who
from dialer.core.access import USERNAME, Role
from dialer.core.errors import InputError
from dialer.doorkeeper import Doorkeeper
from dialer.record.users import NewUser

if TYPE_CHECKING:
    from dialer.record.record import Record
    from dialer.record.users import User

app = typer.Typer(help="Users: who may work with the consoles.", no_args_is_help=True)

Username = Annotated[str, typer.Argument(help="The name to log in with: letters, digits, _ . -")]


@app.command("add")
def add(
    username: Username,
    role: Annotated[Role, typer.Option(help="What they do.", case_sensitive=False)],
    name: Annotated[str, typer.Option(help="Their name; else the one to log in with.")] = "",
    team: Annotated[str | None, typer.Option(help="Their team.")] = None,
    agent: Annotated[str | None, typer.Option(help="The agent of the settings that they work as.")] = None,
    as_json: Json = False,
) -> None:
    """Make a user; the password is shown this once, and has to be changed at the first log-in."""
    run(_add(username, role, name or username, team, agent, as_json=as_json))


async def _add(  # as given
    username: str, role: Role, name: str, team: str | None, agent: str | None, *, as_json: bool
) -> None:
    if not re.fullmatch(USERNAME, username):
        raise InputError("username: letters, digits, _ . - and at most 40 of them")
    if agent is not None and agent not in settings().agents:
        raise InputError(f"--agent: the settings have no agent {agent}")
    async with open_record() as record:
        password, password_hash = await _doorkeeper(record).new_password()
        await record.users.add(NewUser(username, name, role, password_hash, team, agent), who=who(), now=now())
    _show_once(username, password, as_json=as_json)


@app.command("password")
def password(username: Username, as_json: Json = False) -> None:
    """Give a user a new password, shown this once; all their sessions end."""
    run(_password(username, as_json=as_json))


async def _password(username: str, *, as_json: bool) -> None:
    async with open_record() as record:
        given, password_hash = await _doorkeeper(record).new_password()
        await record.users.set_password(username, password_hash, is_new=True, who=who(), now=now())
    _show_once(username, given, as_json=as_json)


@app.command("disable")
def disable(username: Username) -> None:
    """Let a user in no more, and end their sessions; what they did stays theirs."""
    run(_change(username, {"disabled_at": now()}, "is let in no more"))


@app.command("enable")
def enable(username: Username) -> None:
    """Let a user in again."""
    run(_change(username, {"disabled_at": None}, "is let in again"))


async def _change(username: str, values: dict[str, object], told: str) -> None:
    async with open_record() as record:
        await record.users.change(username, values, who=who(), now=now())
    console.print(f"{username} {told}", highlight=False)


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """Everybody."""
    run(_list(as_json=as_json))


async def _list(*, as_json: bool) -> None:
    async with open_record() as record:
        users = await record.users.all()
    if as_json:
        print_json([_values(user) for user in users])
        return
    rows = ((u.username, u.name, u.role, u.team, u.agent_id, "disabled" if u.disabled_at else "") for u in users)
    print_table(("user", "name", "role", "team", "agent", ""), rows)


def _doorkeeper(record: Record) -> Doorkeeper:
    return Doorkeeper(record, now, settings().http.token.get_secret_value())


def _show_once(username: str, password: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"username": username, "password": password})
        return
    console.print(f"{username} logs in with {password}", highlight=False, markup=False)
    console.print("it is shown this once, and has to be changed at the first log-in", highlight=False)


def _values(user: User) -> dict[str, object]:
    return {
        "username": user.username,
        "name": user.name,
        "role": user.role.value,
        "team": user.team,
        "agent_id": user.agent_id,
        "disabled_at": user.disabled_at,
    }
