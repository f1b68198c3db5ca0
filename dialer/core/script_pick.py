"""Which stored script a lead gets by one of its attributes: the customer's tag picks it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

ScriptName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
"""What a script is called."""


class ScriptPick(BaseModel):
    """Other scripts for leads whose attribute `attribute` has one of these values."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    attribute: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
    scripts: Annotated[dict[str, ScriptName], Field(min_length=1, max_length=50)]
    """By value."""

    def name_for(self, attributes: Mapping[str, str]) -> str | None:
        """The script for a lead with these attributes, if it is another one."""
        return self.scripts.get(attributes.get(self.attribute, ""))
