"""The two telephones of an agent, on the desk and in the page: their names in the switch, and the page's password."""

from __future__ import annotations

import hashlib
import hmac
from enum import auto

from dialer.core.model import Word

_IN_PAGE = ".page"
"""No agent's id can hold a dot: the telephone in one agent's page is never the one on another's desk."""


class Telephone(Word):
    """With which of their telephones an agent works."""

    DESK = auto()
    """The SIP telephone on the desk."""
    PAGE = auto()
    """The one in the agent's page, which speaks WebRTC."""


RINGS_AT_MOST_S = {Telephone.DESK: 30.0, Telephone.PAGE: 4.0}
"""How long each may ring. The page answers by itself, within a tenth of a second: one that does not is not there, and
the sooner it is called again the sooner its agent is back, who may just have loaded the page anew."""


def endpoint_of(agent_id: str, telephone: Telephone) -> str:
    """What the switch calls this telephone; also the name with which it registers."""
    return agent_id + _IN_PAGE if telephone is Telephone.PAGE else agent_id


def standing_leg(agent_id: str, telephone: Telephone, unique: str) -> str:
    """The id of a new standing leg. It tells whose and on which telephone, for whoever finds it after a restart."""
    return f"agent-{endpoint_of(agent_id, telephone)}-{unique}"


def telephone_of(agent_id: str, leg_id: str) -> Telephone | None:
    """On which of this agent's telephones a standing leg is; None where it is not this agent's.

    Ids of agents may hold hyphens, what follows them in a leg's id does not.
    """
    endpoint = leg_id.removeprefix("agent-").rpartition("-")[0] if leg_id.startswith("agent-") else ""
    return next((one for one in Telephone if endpoint == endpoint_of(agent_id, one)), None)


def page_password(agent_id: str, sip_secret: str) -> str:
    """What the telephone in the page registers with: the secret of the one on the desk never leaves the server."""
    return hmac.new(sip_secret.encode(), f"telephone in the page of {agent_id}".encode(), hashlib.sha256).hexdigest()
