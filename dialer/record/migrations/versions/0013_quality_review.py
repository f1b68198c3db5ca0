"""Quality review: measures of recordings, scorecards, reviews, notes, saved filters and samples."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dialer.record.types import WORD_LENGTH, Utc, row_id

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is reviewed yet; recordings that are there are measured when somebody first looks at them."""
    _measures_and_scorecards()
    _reviews()
    _samples()


def _measures_and_scorecards() -> None:
    op.create_table(
        "sound",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("talk_left", sa.Double(), nullable=False),
        sa.Column("talk_right", sa.Double(), nullable=False),
        sa.Column("overlap", sa.Double(), nullable=False),
        sa.Column("dead_air_s", sa.Double(), nullable=False),
        sa.Column("longest_silence_s", sa.Double(), nullable=False),
        sa.Column("clipped_left", sa.Double(), nullable=False),
        sa.Column("clipped_right", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_sound"),
        sa.ForeignKeyConstraint(["attempt_id"], ["recording.attempt_id"], name="fk_sound_attempt_id"),
    )
    op.create_table(
        "scorecard",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("retired_at", Utc()),
        sa.PrimaryKeyConstraint("id", name="pk_scorecard"),
        sa.UniqueConstraint("name", "version", name="uq_scorecard_name_version"),
    )
    op.create_table(
        "calibration",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("scorecard_id", row_id(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_calibration"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_calibration_attempt_id"),
        sa.ForeignKeyConstraint(["scorecard_id"], ["scorecard.id"], name="fk_calibration_scorecard_id"),
    )


def _reviews() -> None:
    op.create_table(
        "review",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text()),
        sa.Column("called_at", Utc(), nullable=False),
        sa.Column("kind", sa.String(WORD_LENGTH), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("scorecard_id", row_id(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("score", sa.Double()),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(WORD_LENGTH), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.Column("given_at", Utc()),
        sa.Column("reply", sa.Text()),
        sa.Column("replied_at", Utc()),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
        sa.UniqueConstraint("attempt_id", "reviewer", "kind", name="uq_review_attempt_id_reviewer_kind"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_review_attempt_id"),
        sa.ForeignKeyConstraint(["scorecard_id"], ["scorecard.id"], name="fk_review_scorecard_id"),
    )
    op.create_index("ix_review_agent_called", "review", ["agent_id", "called_at"])
    op.create_table(
        "sound_note",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", Utc(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sound_note"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_sound_note_attempt_id"),
    )
    op.create_index("ix_sound_note_attempt_id", "sound_note", ["attempt_id"])


def _samples() -> None:
    op.create_table(
        "saved_filter",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("saved_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_filter"),
        sa.UniqueConstraint("owner", "name", name="uq_saved_filter_owner_name"),
    )
    op.create_table(
        "sample",
        sa.Column("id", row_id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("drawn_by", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("team", sa.Text()),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sample"),
    )
    op.create_table(
        "sample_item",
        sa.Column("sample_id", row_id(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("risks", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sample_id", "attempt_id", name="pk_sample_item"),
        sa.ForeignKeyConstraint(["sample_id"], ["sample.id"], name="fk_sample_item_sample_id"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_sample_item_attempt_id"),
    )
