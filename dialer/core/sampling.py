"""Which of the calls that are taken for machines an agent hears all the same, and what that says of detection."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from dialer.core.abandonment import Tally
from dialer.core.model import Disposition

if TYPE_CHECKING:
    from collections.abc import Iterable

_BYTES = 8
_NEVER_SAID = frozenset({None, Disposition.NOT_RECORDED})


def is_sampled(attempt_id: str, share: float) -> bool:
    """Whether this attempt is one of the `share` (0..1) that are sampled: the same answer whenever it is asked.

    By the id's hash, so that neither what was heard nor who answered has to do with it.
    """
    digest = blake2b(attempt_id.encode(), digest_size=_BYTES, person=b"amd sampling").digest()
    return int.from_bytes(digest, "big") < int(share * 2.0 ** (8 * _BYTES))


@dataclass(frozen=True, slots=True)
class Sampled:
    """What agents said of the calls that were taken for machines and that they heard all the same."""

    told: int
    """Of how many of them an agent said what it was."""
    persons: int
    """How many of these were persons: detection was wrong."""
    unsaid: int
    """How many an agent never heard, or said nothing of."""

    @property
    def false_share(self) -> float | None:
        """The share (0..1) of calls taken for machines that are persons, as measured; None where nothing was told."""
        return self.persons / self.told if self.told else None

    def bounds(self) -> tuple[float, float]:
        """Between what shares the true one lies, 95 % sure (Clopper & Pearson)."""
        tally = Tally(self.told, self.persons)
        return tally.lower_bound(), tally.upper_bound()

    def advice(self, machine_false_share: float) -> str | None:
        """What `law.machine_false_share` ought to be, in words; None where nothing was told.

        As measured, where it is set to what the measurement excludes; else it may stay.
        """
        if self.false_share is None:
            return None
        lower, upper = self.bounds()
        bounds = f"95 % between {lower:.1%} and {upper:.1%}"
        measured = f"{self.persons} of {self.told} sampled were persons: {self.false_share:.1%} ({bounds})"
        set_to = f"law.machine_false_share is {machine_false_share:.3g}"
        if lower <= machine_false_share <= upper:
            return f"{measured}; {set_to}, which agrees"
        return f"{measured}; {set_to} and ought to be {self.false_share:.3g}"


def sampled(dispositions: Iterable[Disposition | None]) -> Sampled:
    """Sum up the dispositions of sampled calls: MACHINE, another word for a person, or none."""
    said = list(dispositions)
    told = [one for one in said if one not in _NEVER_SAID]
    persons = sum(one is not Disposition.MACHINE for one in told)
    return Sampled(len(told), persons, len(said) - len(told))
