"""The tables of quality review: measures of recordings, scorecards, reviews, notes, saved filters and samples."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Table

from dialer.core.review import ReviewKind, ReviewState
from dialer.record.schema import metadata
from dialer.record.types import Utc, row_id, word

# What a stored recording measures beside its levels; older ones get their row when somebody first looks at them.
sound = Table(
    "sound",
    metadata,
    Column("attempt_id", ForeignKey("recording.attempt_id"), primary_key=True),
    Column("talk_left", sa.Double, nullable=False),
    Column("talk_right", sa.Double, nullable=False),
    Column("overlap", sa.Double, nullable=False),
    Column("dead_air_s", sa.Double, nullable=False),
    Column("longest_silence_s", sa.Double, nullable=False),
    Column("clipped_left", sa.Double, nullable=False),
    Column("clipped_right", sa.Double, nullable=False),
)

# A version is never changed: the reviews by it would mean something else afterwards.
scorecard = Table(
    "scorecard",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("version", sa.Integer, nullable=False),
    Column("content", sa.JSON, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("created_by", sa.Text, nullable=False),
    Column("retired_at", Utc),
    sa.UniqueConstraint("name", "version"),
)

# A talk that several reviewers judge without seeing one another's word.
calibration = Table(
    "calibration",
    metadata,
    Column("attempt_id", ForeignKey("attempt.id"), primary_key=True),
    Column("scorecard_id", ForeignKey("scorecard.id"), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("created_by", sa.Text, nullable=False),
)

review = Table(
    "review",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("attempt_id", ForeignKey("attempt.id"), nullable=False),
    # Of the talk: whoever looks for an agent's reviews finds them without reading attempts.
    Column("agent_id", sa.Text),
    Column("called_at", Utc, nullable=False),
    Column("kind", word(ReviewKind), nullable=False),
    Column("reviewer", sa.Text, nullable=False),
    Column("scorecard_id", ForeignKey("scorecard.id"), nullable=False),
    Column("answers", sa.JSON, nullable=False),
    Column("comment", sa.Text, nullable=False),
    Column("score", sa.Double),
    Column("failed", sa.Boolean, nullable=False),
    Column("state", word(ReviewState), nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("given_at", Utc),
    Column("reply", sa.Text),
    Column("replied_at", Utc),
    sa.UniqueConstraint("attempt_id", "reviewer", "kind"),
    sa.Index("ix_review_agent_called", "agent_id", "called_at"),
)

# What somebody noticed at a moment of a recording.
sound_note = Table(
    "sound_note",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("attempt_id", ForeignKey("attempt.id"), nullable=False, index=True),
    Column("at_s", sa.Double, nullable=False),
    Column("text", sa.Text, nullable=False),
    Column("written_at", Utc, nullable=False),
    Column("written_by", sa.Text, nullable=False),
)

saved_filter = Table(
    "saved_filter",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("owner", sa.Text, nullable=False),
    Column("name", sa.Text, nullable=False),
    Column("filters", sa.JSON, nullable=False),
    Column("saved_at", Utc, nullable=False),
    sa.UniqueConstraint("owner", "name"),
)

# A set of talks that was drawn, with all that it takes to draw it again.
sample = Table(
    "sample",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("name", sa.Text, nullable=False),
    Column("filters", sa.JSON, nullable=False),
    Column("drawn_by", sa.Text, nullable=False),
    Column("seed", sa.BigInteger, nullable=False),
    Column("seen", sa.Integer, nullable=False),
    Column("team", sa.Text),
    Column("created_at", Utc, nullable=False),
    Column("created_by", sa.Text, nullable=False),
)

sample_item = Table(
    "sample_item",
    metadata,
    Column("sample_id", ForeignKey("sample.id"), primary_key=True),
    Column("attempt_id", ForeignKey("attempt.id"), primary_key=True),
    Column("position", sa.Integer, nullable=False),
    Column("risks", sa.JSON, nullable=False),
)
