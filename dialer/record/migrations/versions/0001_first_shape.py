"""The first shape of the record."""

from __future__ import annotations

from typing import TypedDict

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


class _Where(TypedDict):
    sqlite_where: sa.TextClause
    postgresql_where: sa.TextClause


def upgrade() -> None:
    """From an empty database."""
    _campaigns_and_leads()
    _attempts()
    _what_belongs_to_attempts()
    _lists_and_audit()


def _campaigns_and_leads() -> None:
    """What is to be dialled: campaigns, their lists, leads and numbers."""
    op.create_table(
        "campaign",
        sa.Column("id", _id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("status", _word(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("updated_at", _time(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
        sa.UniqueConstraint("name", name="uq_campaign_name"),
    )
    op.create_table(
        "lead_list",
        sa.Column("id", _id(), nullable=False),
        sa.Column("campaign_id", _id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("imported_at", _time(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_lead_list_campaign_id"),
        sa.PrimaryKeyConstraint("id", name="pk_lead_list"),
    )
    op.create_index("ix_lead_list_campaign_id", "lead_list", ["campaign_id"])
    op.create_table(
        "rejection",
        sa.Column("id", _id(), nullable=False),
        sa.Column("list_id", _id(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["lead_list.id"], name="fk_rejection_list_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rejection"),
    )
    op.create_index("ix_rejection_list_id", "rejection", ["list_id"])
    op.create_table(
        "lead",
        sa.Column("id", _id(), nullable=False),
        sa.Column("campaign_id", _id(), nullable=False),
        sa.Column("list_id", _id(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("state", _word(), nullable=False),
        sa.Column("finished_because", sa.Text()),
        sa.Column("due_at", _time()),
        sa.Column("due_number_id", _id()),
        sa.Column("hold", _word()),
        sa.Column("held_until", _time()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_lead_campaign_id"),
        sa.ForeignKeyConstraint(["list_id"], ["lead_list.id"], name="fk_lead_list_id"),
        sa.PrimaryKeyConstraint("id", name="pk_lead"),
        sa.UniqueConstraint("campaign_id", "key", name="uq_lead_campaign_id_key"),
    )
    op.create_index("ix_lead_list_id", "lead", ["list_id"])
    op.create_index(
        "ix_lead_waiting",
        "lead",
        ["campaign_id", sa.literal_column("priority DESC"), "due_at", "id"],
        **_where("state = 'WAITING'"),
    )
    op.create_table(
        "number",
        sa.Column("id", _id(), nullable=False),
        sa.Column("lead_id", _id(), nullable=False),
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("time_zones", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_number_lead_id"),
        sa.PrimaryKeyConstraint("id", name="pk_number"),
    )
    op.create_index("ix_number_e164", "number", ["e164"])
    op.create_index("ix_number_lead_id", "number", ["lead_id"])


def _attempts() -> None:
    """What was dialled. The unique indexes refuse a second open attempt to a number, a lead or a person."""
    op.create_table(
        "attempt",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("campaign_id", _id(), nullable=False),
        sa.Column("lead_id", _id(), nullable=False),
        sa.Column("number_id", _id(), nullable=False),
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("caller_id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text()),
        sa.Column("decision_id", sa.Text()),
        sa.Column("queued_at", _time(), nullable=False),
        sa.Column("sent_at", _time()),
        sa.Column("progress_at", _time()),
        sa.Column("ringing_at", _time()),
        sa.Column("answered_at", _time()),
        sa.Column("bridged_at", _time()),
        sa.Column("message_at", _time()),
        sa.Column("flow_at", _time()),
        sa.Column("answers", sa.JSON()),
        sa.Column("unbridged_at", _time()),
        sa.Column("ended_at", _time()),
        sa.Column("wrapped_up_at", _time()),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.Integer()),
        sa.Column("cause_text", sa.Text()),
        sa.Column("sip_code", sa.Integer()),
        sa.Column("hung_up_by", _word()),
        sa.Column("outcome", _word()),
        sa.Column("disposition", _word()),
        sa.Column("reason", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("call_back_at", _time()),
        sa.Column("detail", sa.Text()),
        sa.CheckConstraint("ended_at IS NULL OR outcome IS NOT NULL", name="ck_attempt_ends_with_an_outcome"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_attempt_campaign_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name="fk_attempt_lead_id"),
        sa.ForeignKeyConstraint(["number_id"], ["number.id"], name="fk_attempt_number_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
    )
    op.create_index("ix_attempt_campaign", "attempt", ["campaign_id", "queued_at", "id"])
    op.create_index("ix_attempt_e164_sent", "attempt", ["e164", "sent_at"])
    op.create_index("ix_attempt_lead_sent", "attempt", ["lead_id", "sent_at"])
    op.create_index("ix_attempt_person_sent", "attempt", ["person", "sent_at"])
    op.create_index("uq_attempt_open_e164", "attempt", ["e164"], unique=True, **_where("ended_at IS NULL"))
    op.create_index("uq_attempt_open_lead_id", "attempt", ["lead_id"], unique=True, **_where("ended_at IS NULL"))
    op.create_index("uq_attempt_open_person", "attempt", ["person"], unique=True, **_where("ended_at IS NULL"))


def _what_belongs_to_attempts() -> None:
    """Recordings, pacing decisions, and the agents' days."""
    op.create_table(
        "recording",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("state", _word(), nullable=False),
        sa.Column("duration_s", sa.Double()),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("sha256", sa.Text()),
        sa.Column("level_left_dbfs", sa.Double()),
        sa.Column("level_right_dbfs", sa.Double()),
        sa.Column("started_at", _time(), nullable=False),
        sa.Column("stored_at", _time()),
        sa.Column("detail", sa.Text()),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_recording_attempt_id"),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_recording"),
    )
    op.create_index("ix_recording_state", "recording", ["state"])
    op.create_table(
        "decision",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("campaign_id", _id(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("mode", _word(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("floor", sa.JSON(), nullable=False),
        sa.Column("expected_abandonment", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name="fk_decision_campaign_id"),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
    )
    op.create_index("ix_decision_campaign_at", "decision", ["campaign_id", "at"])
    op.create_table(
        "agent_log",
        sa.Column("id", _id(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("state", _word(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("attempt_id", sa.Text()),
        sa.Column("since", _time(), nullable=False),
        sa.Column("until", _time()),
        sa.PrimaryKeyConstraint("id", name="pk_agent_log"),
    )
    op.create_index("ix_agent_log_since", "agent_log", ["since"])
    op.create_index("uq_agent_log_now", "agent_log", ["agent_id"], unique=True, **_where("until IS NULL"))


def _lists_and_audit() -> None:
    """Who is never to be called, and who did what."""
    op.create_table(
        "do_not_call",
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("added_at", _time(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("e164", name="pk_do_not_call"),
    )
    op.create_table(
        "audit",
        sa.Column("id", _id(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _word() -> sa.String:
    return sa.String(32)


def _where(condition: str) -> _Where:
    """A partial index, said once for both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}
