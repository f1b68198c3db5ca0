"""Column types of the record: aware times only, words by their own name, ids that fit both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

    from dialer.core.model import Word


class Utc(sa.TypeDecorator[datetime]):
    """A moment: goes in aware, of any zone, and comes out in UTC. A naive time is refused, never guessed at."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps the text without an offset, so that text order is time order."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"the record takes only times with a zone, not {value!r}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From what the database keeps to an aware time in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


WORD_LENGTH = 32


def word(words: type[Word]) -> sa.Enum:
    """Members of an enum, stored by name as text: a new member needs no migration, an unknown one is refused."""
    return sa.Enum(words, native_enum=False, create_constraint=False, validate_strings=True, length=WORD_LENGTH)


def row_id() -> sa.types.TypeEngine[int]:
    """A 64-bit id; SQLite counts up by itself only in a column that is called plain INTEGER."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")
