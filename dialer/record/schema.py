"""The tables of the record, each with its one purpose; the migrations bring a database to exactly this shape."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table

from dialer.core.access import Role
from dialer.core.model import (
    AgentState,
    CampaignStatus,
    Disposition,
    Hold,
    HungUpBy,
    LeadState,
    NumberState,
    Outcome,
    PacingMode,
    RecordingState,
)
from dialer.record.types import Utc, row_id, word

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

campaign = Table(
    "campaign",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("name", sa.Text, nullable=False, unique=True),
    Column("plan", sa.JSON, nullable=False),
    Column("status", word(CampaignStatus), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
)

lead_list = Table(
    "lead_list",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False, index=True),
    Column("name", sa.Text, nullable=False),
    Column("source", sa.Text, nullable=False),
    Column("imported_at", Utc, nullable=False),
    Column("accepted", sa.Integer, nullable=False),
    Column("rejected", sa.Integer, nullable=False),
    # Since when it surely answers above its campaign's band; none while it does not, or nobody has judged it.
    Column("prime_since", Utc),
)

rejection = Table(
    "rejection",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("list_id", ForeignKey("lead_list.id"), nullable=False, index=True),
    Column("row", sa.Integer, nullable=False),
    Column("field", sa.Text, nullable=False),
    Column("reason", sa.Text, nullable=False),
    Column("raw", sa.Text, nullable=False),
)

lead = Table(
    "lead",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("list_id", ForeignKey("lead_list.id"), nullable=False, index=True),
    Column("row", sa.Integer, nullable=False),
    Column("key", sa.Text, nullable=False),
    Column("person", sa.Text, nullable=False),
    Column("name", sa.Text, nullable=False),
    Column("attributes", sa.JSON, nullable=False),
    Column("priority", sa.Double, nullable=False),
    Column("owner", sa.Text),
    Column("state", word(LeadState), nullable=False),
    Column("finished_because", sa.Text),
    Column("due_at", Utc),
    Column("due_number_id", row_id()),
    # Why it is due then, for whoever asks: what `retry` said of the last attempt; none where nothing was tried yet.
    Column("due_because", sa.Text),
    # Asleep: why and until when the lead is not looked at, because it is due later or eligibility said no. A note, not
    # a rule; `Leads.candidates` wakes whose time has come. A lead that is awake has neither.
    Column("hold", word(Hold)),
    Column("held_until", Utc),
    Column("attempts", sa.Integer, nullable=False),
    sa.UniqueConstraint("campaign_id", "key"),
)
# Walked in order by `Leads.candidates`: best first, so it reads only as many rows as it returns. Those that sleep are
# not in it: the best of a list that was worked on for a day would all stand in front of the others.
Index(
    "ix_lead_awake",
    lead.c.campaign_id,
    lead.c.priority.desc(),
    lead.c.due_at,
    lead.c.id,
    sqlite_where=(lead.c.state == LeadState.WAITING.value) & lead.c.held_until.is_(None),
    postgresql_where=(lead.c.state == LeadState.WAITING.value) & lead.c.held_until.is_(None),
)
Index(
    "ix_lead_asleep",
    lead.c.campaign_id,
    lead.c.held_until,
    lead.c.priority.desc(),
    sqlite_where=lead.c.held_until.is_not(None),
    postgresql_where=lead.c.held_until.is_not(None),
)
# Counted by `Overview.hold_counts` without reading a lead.
Index("ix_lead_holds", lead.c.campaign_id, lead.c.state, lead.c.hold)

number = Table(
    "number",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("lead_id", ForeignKey("lead.id"), nullable=False, index=True),
    Column("e164", sa.Text, nullable=False, index=True),
    Column("time_zones", sa.JSON, nullable=False),
    Column("position", sa.Integer, nullable=False),
    Column("attempts", sa.Integer, nullable=False),
    Column("dead", sa.Boolean, nullable=False),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", sa.Text, primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("lead_id", ForeignKey("lead.id"), nullable=False),
    Column("number_id", ForeignKey("number.id"), nullable=False),
    Column("e164", sa.Text, nullable=False),
    Column("person", sa.Text, nullable=False),
    Column("trunk", sa.Text, nullable=False),
    Column("caller_id", sa.Text, nullable=False),
    Column("node", sa.Text, nullable=False),
    Column("agent_id", sa.Text),
    # No foreign key: a decision may be written after the calls it placed, and must never hold them up.
    Column("decision_id", sa.Text),
    Column("chance", sa.Double),
    Column("queued_at", Utc, nullable=False),
    Column("sent_at", Utc),
    Column("progress_at", Utc),
    Column("ringing_at", Utc),
    Column("answered_at", Utc),
    Column("bridged_at", Utc),
    Column("message_at", Utc),
    Column("flow_at", Utc),
    Column("answers", sa.JSON),
    Column("unbridged_at", Utc),
    Column("ended_at", Utc),
    Column("wrapped_up_at", Utc),
    Column("opted_out", sa.Boolean, nullable=False),
    Column("cause", sa.Integer),
    Column("cause_text", sa.Text),
    Column("sip_code", sa.Integer),
    Column("hung_up_by", word(HungUpBy)),
    Column("outcome", word(Outcome)),
    # What early media let be heard: NULL where nobody listened. Beside the codes, which stay as they came.
    Column("number_state", word(NumberState)),
    Column("state_confidence", sa.Double),
    Column("heard", sa.Text),
    Column("line_saved_s", sa.Double),
    # True where it was taken for a machine and an agent heard it all the same; NULL elsewhere.
    Column("machine_sampled", sa.Boolean),
    Column("disposition", word(Disposition)),
    Column("reason", sa.Text),
    Column("note", sa.Text),
    Column("call_back_at", Utc),
    Column("detail", sa.Text),
    sa.CheckConstraint("ended_at IS NULL OR outcome IS NOT NULL", name="ends_with_an_outcome"),
    Index("ix_attempt_campaign", "campaign_id", "queued_at", "id"),
    Index("ix_attempt_lead_sent", "lead_id", "sent_at"),
    Index("ix_attempt_person_sent", "person", "sent_at"),
    Index("ix_attempt_e164_sent", "e164", "sent_at"),
)


def _one_open_attempt_per(column: Column[object]) -> Index:
    """The database itself refuses a second call to the same number, lead or person while one is open."""
    still_open = attempt.c.ended_at.is_(None)
    name = f"uq_attempt_open_{column.name}"
    return Index(name, column, unique=True, sqlite_where=still_open, postgresql_where=still_open)


for _column in (attempt.c.e164, attempt.c.lead_id, attempt.c.person):
    _one_open_attempt_per(_column)

do_not_call = Table(
    "do_not_call",
    metadata,
    Column("e164", sa.Text, primary_key=True),
    Column("added_at", Utc, nullable=False),
    Column("source", sa.Text, nullable=False),
    Column("reason", sa.Text, nullable=False),
)

recording = Table(
    "recording",
    metadata,
    Column("attempt_id", ForeignKey("attempt.id"), primary_key=True),
    Column("path", sa.Text, nullable=False),
    Column("state", word(RecordingState), nullable=False, index=True),
    Column("duration_s", sa.Double),
    Column("bytes", sa.BigInteger),
    Column("sha256", sa.Text),
    Column("level_left_dbfs", sa.Double),
    Column("level_right_dbfs", sa.Double),
    Column("started_at", Utc, nullable=False),
    Column("stored_at", Utc),
    Column("detail", sa.Text),
    Column("deleted_at", Utc),
    Index("ix_recording_state_started_at", "state", "started_at"),
)

# Calls whose sound nobody may delete.
legal_hold = Table(
    "legal_hold",
    metadata,
    Column("attempt_id", ForeignKey("attempt.id"), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("who", sa.Text, nullable=False),
    Column("reason", sa.Text, nullable=False),
)

# A talk that went from one agent to another; `by` is whoever asked for it, as in the audit.
handover = Table(
    "handover",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("attempt_id", ForeignKey("attempt.id"), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("from_agent", sa.Text, nullable=False),
    Column("to_agent", sa.Text, nullable=False),
    Column("by", sa.Text, nullable=False),
    # The word of the one who gave the customer away; that of the one who ended with them is the attempt's.
    Column("disposition", word(Disposition)),
    Column("reason", sa.Text),
    Column("note", sa.Text),
)

agent_log = Table(
    "agent_log",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("agent_id", sa.Text, nullable=False),
    Column("state", word(AgentState), nullable=False),
    Column("reason", sa.Text),
    Column("attempt_id", sa.Text),
    Column("since", Utc, nullable=False, index=True),
    Column("until", Utc),
)
# An agent is in exactly one state.
Index(
    "uq_agent_log_now",
    agent_log.c.agent_id,
    unique=True,
    sqlite_where=agent_log.c.until.is_(None),
    postgresql_where=agent_log.c.until.is_(None),
)

decision = Table(
    "decision",
    metadata,
    Column("id", sa.Text, primary_key=True),
    Column("campaign_id", ForeignKey("campaign.id"), nullable=False),
    Column("at", Utc, nullable=False),
    Column("mode", word(PacingMode), nullable=False),
    Column("place", sa.Integer, nullable=False),
    Column("reason", sa.Text, nullable=False),
    Column("floor", sa.JSON, nullable=False),
    Column("expected_abandonment", sa.Double, nullable=False),
    Column("withdrawn", sa.Integer, nullable=False),
    Index("ix_decision_campaign_at", "campaign_id", "at"),
)

# What a campaign's model of who answers has learned; `core.chances` makes it and alone can read it.
chances = Table(
    "chances",
    metadata,
    Column("campaign_id", ForeignKey("campaign.id"), primary_key=True),
    Column("state", sa.JSON, nullable=False),
    Column("saved_at", Utc, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("who", sa.Text, nullable=False),
    Column("what", sa.Text, nullable=False),
    Column("subject", sa.Text, nullable=False, index=True),
    Column("detail", sa.Text, nullable=False),
)

# Whoever works with the consoles. A user is never deleted: the audit trail names them.
account = Table(
    "account",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("username", sa.Text, nullable=False, unique=True),
    Column("name", sa.Text, nullable=False),
    Column("role", word(Role), nullable=False),
    Column("team", sa.Text),
    # The agent of the settings that the user works as.
    Column("agent_id", sa.Text, unique=True),
    # Argon2id, with its parameters and salt.
    Column("password_hash", sa.Text, nullable=False),
    # Given by somebody else: to be changed at the next log-in.
    Column("password_is_new", sa.Boolean, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("disabled_at", Utc),
)

# Who is logged in where. What the browser holds is not in it, only its SHA-256.
session = Table(
    "session",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("secret_hash", sa.Text, nullable=False, unique=True),
    Column("account_id", ForeignKey("account.id"), nullable=False, index=True),
    Column("began_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    Column("address", sa.Text, nullable=False),
    Column("browser", sa.Text, nullable=False),
)

# Other systems, each with a name and the rights it needs.
token = Table(
    "token",
    metadata,
    Column("id", row_id(), primary_key=True),
    Column("name", sa.Text, nullable=False, unique=True),
    Column("secret_hash", sa.Text, nullable=False, unique=True),
    Column("rights", sa.JSON, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("created_by", sa.Text, nullable=False),
    Column("revoked_at", Utc),
)

# What agents say, as it was written. A version is never changed nor deleted: walks tell by which one was spoken.
scripts = Table(
    "scripts",
    metadata,
    Column("name", sa.Text, nullable=False),
    Column("version", sa.Integer, nullable=False),
    Column("text", sa.Text, nullable=False),
    Column("made_by", sa.Text, nullable=False),
    Column("made_at", Utc, nullable=False),
    sa.PrimaryKeyConstraint("name", "version"),
)

# How far each talk has come in its script, kept as the agent goes on.
script_walks = Table(
    "script_walks",
    metadata,
    Column("attempt_id", ForeignKey("attempt.id"), primary_key=True),
    Column("script", sa.Text, nullable=False),
    Column("version", sa.Integer, nullable=False),
    Column("path", sa.JSON, nullable=False),
    Column("answers", sa.JSON, nullable=False),
    Column("reason", sa.Text),
    Column("reason_text", sa.Text),
    Column("saved_at", Utc, nullable=False),
    sa.ForeignKeyConstraint(["script", "version"], ["scripts.name", "scripts.version"]),
)
