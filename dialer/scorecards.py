"""Reads scorecards as operators write them: YAML, or JSON, which is YAML too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from dialer.core.errors import InputError, problems_of
from dialer.core.scorecard import Scorecard

if TYPE_CHECKING:
    from yaml.events import Event

MOST_CHARACTERS = 64 * 1024


class _Plain(yaml.SafeLoader):
    """Data alone, without the aliases by which a few lines become gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases."""
        event: Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not taken", problem_mark=event.start_mark)  # type: ignore[arg-type]
        return super().compose_node(parent, index)


def read_scorecard(text: str) -> Scorecard:
    """The scorecard in this text; InputError, which names the line or the key, for what is none."""
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"content: longer than {MOST_CHARACTERS} characters")
    try:
        written = yaml.load(text, Loader=_Plain)  # noqa: S506 - a safe loader that takes even less
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise InputError(f"content: {where}{error.problem or 'this is no YAML'}") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise InputError("content: this is no YAML") from None
    if not isinstance(written, dict):
        raise InputError("content: a scorecard has the keys name and groups")
    try:
        return Scorecard.model_validate(written)
    except ValidationError as error:
        raise InputError(f"content: {problems_of(error)}") from None
