"""`dialer agents ...`: who is on the floor, and log-in, pause and log-out for those without a console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.cli.terminal import Json, ask_service, console, now, open_record, print_json, print_table, run

if TYPE_CHECKING:
    from dialer.record.agents import Span

app = typer.Typer(help="Agents: who works.", no_args_is_help=True)

AgentId = Annotated[str, typer.Argument(help="The agent's id, as in the settings.")]


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """The state each agent is in, and since when, as the record has it."""
    run(_list(as_json=as_json))


async def _list(*, as_json: bool) -> None:
    async with open_record() as record:
        spans = await record.agents.now()
    if as_json:
        print_json([_values(span) for span in spans])
        return
    rows = ((s.agent_id, s.state, f"{(now() - s.since).total_seconds():.0f} s", s.attempt_id, s.reason) for s in spans)
    print_table(("agent", "state", "for", "attempt", "reason"), rows)


@app.command("login")
def login(agent: AgentId) -> None:
    """Call the agent's telephone and put it in line."""
    run(_ask(agent, "login"))


@app.command("logout")
def logout(agent: AgentId) -> None:
    """Log the agent out after the present call and its wrap-up."""
    run(_ask(agent, "logout"))


@app.command("pause")
def pause(agent: AgentId, reason: Annotated[str, typer.Option(help="Why.")] = "break") -> None:
    """No calls for the agent after the present one."""
    run(_ask(agent, "pause", {"reason": reason}))


@app.command("ready")
def ready(agent: AgentId) -> None:
    """Calls for the agent again."""
    run(_ask(agent, "ready"))


async def _ask(agent: str, verb: str, body: dict[str, Any] | None = None) -> None:
    card = await ask_service("POST", f"/api/agents/{agent}/{verb}", body)
    console.print(f"agent {card['agent_id']}: {card['state']}")


def _values(span: Span) -> dict[str, Any]:
    return {
        "agent_id": span.agent_id,
        "state": span.state.value,
        "since": span.since.isoformat(),
        "attempt_id": span.attempt_id,
        "reason": span.reason,
    }
