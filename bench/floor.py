"""Many agents at little cost: the simulated network plays their telephones, and headless agents do their work.

A real softphone costs a good part of a core for every ten agents. Here each agent's endpoint has a fixed contact at
the network's Asterisk, which answers at once and talks. To our Asterisk and to the dialler nothing is different: the
same INVITE, the same fifty packets a second each way, the same standing leg; only registering is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.plan import HOST

if TYPE_CHECKING:
    from lab.parts import Parts

# In a pattern n means a digit, unless it stands in brackets.
_PHONES = """
; Agents' phones for the benchmarks: they answer at once and talk until they are hung up.
[dialled](+)
exten => _age[n]t.,1,Answer(0,i)
 same => n(talk),Playback(agents/agent1)
 same => n,Wait(0.4)
 same => n,Goto(talk)
"""


def let_the_network_play_phones(parts: Parts) -> None:
    """Change the configurations that the lab wrote for its own two Asterisks, before they are started."""
    site = parts.root / "asterisk/etc/site/pjsip.conf"
    sections = site.read_text(encoding="utf-8")
    for name in parts.plan.agent_names:
        heading = f"[{name}](agent-aor)\n"
        sections = sections.replace(heading, f"{heading}contact = sip:{name}@{HOST}:{parts.ports.carrier_sip}\n")
    site.write_text(sections, encoding="utf-8")
    with (parts.root / "carrier/etc/extensions.conf").open("a", encoding="utf-8") as dialplan:
        dialplan.write(_PHONES)
