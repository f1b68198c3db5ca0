/** What the service sends and takes of agents, calls and campaigns: HTTP answers, and topics on its stream. */

import type { Flow } from '../script/flow'

export type AgentState = 'OFFLINE' | 'CALLING_IN' | 'READY' | 'RESERVED' | 'TALKING' | 'WRAP_UP' | 'PAUSED'
/** In the order in which a floor is read: who works first. */
export const AGENT_STATES: readonly AgentState[] = [
  'TALKING',
  'WRAP_UP',
  'RESERVED',
  'READY',
  'PAUSED',
  'CALLING_IN',
  'OFFLINE',
]

/** Topic `agents/ID`; times are seconds since 1970. */
export interface AgentCard {
  agent_id: string
  state: AgentState
  since: number
  attempt_id: string | null
  reason: string | null
  node?: string
  skills?: string[]
  waiting_since?: number | null
  /** With which telephone the agent works. */
  telephone?: 'DESK' | 'PAGE'
  /** The person's name, where the service tells it. */
  name?: string
  team?: string | null
  /** The customer does not hear the agent. */
  muted?: boolean
  /** Since when the customer of the talk is on hold, or on the way to another agent. */
  held_since?: number | null
  /** When the wrap-up runs out. */
  wrap_up_until?: number | null
}

/** An agent to whom a customer may be handed over now. */
export interface Taker {
  agent_id: string
  name: string
}

/** What the commands to an agent answer, and GET /api/agents: times are ISO 8601. */
export interface AgentAnswer {
  agent_id: string
  state: AgentState
  since: string
  attempt_id: string | null
  reason: string | null
  trouble: string | null
  name?: string
  team?: string | null
}

/** Topic `agents/ID/screen`: the customer's card of the present call. */
export interface Screen {
  attempt_id: string
  campaign: string
  lead_id: number
  name: string
  number: string
  attributes: Record<string, string>
  script: string
  /** The script that is walked in place of the plain text. */
  flow?: Flow | null
  /** How long the wrap-up lasts, where the service tells it. */
  wrap_up_s?: number
  /** After so long on hold the agent is reminded, and the customer is bridged back. */
  hold_reminder_s?: number
  hold_longest_s?: number
}

/** A lead that an agent looks at before it is called. */
export interface PreviewedLead {
  lead_id: number
  name: string
  attributes: Record<string, string>
  attempts: number
}

export type CampaignStatus = 'PAUSED' | 'RUNNING' | 'STOPPED'
export type PacingMode = 'PREVIEW' | 'PROGRESSIVE' | 'RATIO' | 'PREDICTIVE' | 'AGENTLESS'
export const PACING_MODES: readonly PacingMode[] = ['PREVIEW', 'PROGRESSIVE', 'RATIO', 'PREDICTIVE', 'AGENTLESS']

export interface Pacing {
  mode: PacingMode
  ratio: number
  max_in_flight: number
  max_abandonment: number
  late_cancel: boolean
}

/** One legal window: counts, the rate with its 95 % bounds, and how many more abandoned calls it can bear. */
export interface LegalWindow {
  name: string
  live_answers: number
  abandoned: number
  rate: number
  lower_bound: number
  upper_bound: number
  expected: number | null
  limit: number
  slack: number
}

export const CALL_STATES = [
  'QUEUED',
  'PLACED',
  'RINGING',
  'DETECTING',
  'WAITING',
  'CONNECTING',
  'TALKING',
  'HELD',
  'HANDING_OVER',
  'MESSAGE',
  'ENDING',
  'LAST_WORDS',
  'ENDED',
] as const
export type CallState = (typeof CALL_STATES)[number]

export const HOLDS = [
  'NONE',
  'IN_FLIGHT',
  'FINISHED',
  'DO_NOT_CALL',
  'OUTSIDE_LEGAL_HOURS',
  'OUTSIDE_WINDOW',
  'CAMPAIGN_PAUSED',
  'CAMPAIGN_NOT_STARTED',
  'CAMPAIGN_ENDED',
  'RETRY_NOT_DUE',
  'CAP_NUMBER',
  'CAP_LEAD',
  'CAP_PERSON',
  'NO_NUMBER',
  'NO_CALLER_ID',
] as const
export type Hold = (typeof HOLDS)[number]

/** Topic `campaigns/ID`. */
export interface Campaign {
  campaign_id: number
  name: string
  status: CampaignStatus
  mode: PacingMode
  ratio: number
  decision: string | null
  expected_abandonment: number | null
  calls: Partial<Record<CallState, number>>
  answer_rate: number | null
  live_answers: number
  abandonment: number
  windows: LegalWindow[]
  holds: Partial<Record<Hold, number>>
  trouble: string | null
  /** The whole pacing, where the service tells it. */
  pacing?: Pacing
}

/** One campaign of GET /api/campaigns: of one that does not run there is less to tell than in its topic. */
export type ListedCampaign = Pick<Campaign, 'campaign_id' | 'name' | 'status' | 'mode' | 'ratio'> & Partial<Campaign>

/** A plan as it is sent; the service knows its keys, and says by key what is wrong with it. */
export type Plan = Readonly<Record<string, unknown>>

/** What POST /api/campaigns answers; warnings do not keep it from dialling. */
export interface MadeCampaign {
  campaign_id: number
  status: CampaignStatus
  warnings: string[]
}

/** One import of a campaign. */
export interface LeadList {
  list_id: number
  name: string
  source: string
  imported_at: string
  accepted: number
  rejected: number
  prime_since: string | null
}

/** GET /api/campaigns/ID. */
export interface CampaignDetails {
  campaign_id: number
  status: CampaignStatus
  plan: Plan
  lists: LeadList[]
}

export interface RejectedRow {
  row: number
  field: string
  reason: string
  /** A hint at the value, its digits masked. */
  raw: string
}

/** What became of a list that was loaded; `rejected` are its first refusals. */
export interface ImportReport {
  campaign_id: number
  list_id: number
  name: string
  source: string
  accepted: number
  total: number
  rejected_count: number
  rejected: RejectedRow[]
}

export const OUTCOMES = [
  'ANSWERED',
  'MACHINE',
  'NO_ANSWER',
  'BUSY',
  'REJECTED',
  'POWERED_OFF',
  'UNREACHABLE',
  'SUSPENDED',
  'INVALID',
  'CONGESTION',
  'ABANDONED',
  'CANCELLED',
  'FAILED',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Topic `calls/ATTEMPT`: not retained, so a snapshot has none. */
export interface CallNews {
  attempt_id: string
  campaign_id: number
  lead_id: number
  number: string
  state: CallState
  at: number
  agent_id: string | null
  outcome: Outcome | null
}

/** What an agent may record, in the order of the number keys. */
export const DISPOSITIONS = [
  'AGREED',
  'REFUSED',
  'CALL_BACK',
  'WRONG_PERSON',
  'MACHINE',
  'DO_NOT_CALL',
  'UNDECIDED',
] as const
export type Disposition = (typeof DISPOSITIONS)[number]
export type DispositionRead = Disposition | 'NOT_RECORDED'

export interface DispositionBody {
  disposition: Disposition
  attempt_id: string
  reason?: string
  note?: string
  call_back_at?: string
}

export type CampaignCommand =
  | { do: 'pause' | 'resume' | 'stop' }
  | ({ do: 'pacing' } & { [Key in keyof Pacing]?: Pacing[Key] })

export interface CampaignAnswer {
  campaign_id: number
  status: CampaignStatus
  pacing: Pacing
}

export type NumberState =
  | 'OFF'
  | 'SUSPENDED'
  | 'INVALID'
  | 'CHANGED_NUMBER'
  | 'BUSY'
  | 'OUT_OF_REACH'
  | 'NO_ANSWER'
  | 'REJECTED'
  | 'CALL_BARRED'
  | 'NETWORK_BUSY'
  | 'RINGING'
  | 'UNKNOWN'

export interface Recording {
  state: 'RECORDING' | 'STORED' | 'MISSING' | 'NOTHING' | 'DELETED'
  duration_s: number | null
}

/** One attempt of GET /api/attempts. */
export interface Attempt {
  attempt_id: string
  campaign: { campaign_id: number; name: string }
  name: string
  number: string
  agent_id: string | null
  outcome: Outcome | null
  disposition: DispositionRead | null
  reason: string | null
  note: string | null
  queued_at: string
  talk_s: number | null
  number_state: NumberState | null
  recording: Recording | null
}

export type Moment =
  | 'queued'
  | 'sent'
  | 'progress'
  | 'ringing'
  | 'answered'
  | 'bridged'
  | 'message'
  | 'flow'
  | 'unbridged'
  | 'ended'
  | 'wrapped_up'

/** What GET /api/attempts/ID adds. */
export interface AttemptDetails {
  timeline: { what: Moment; at: string }[]
  hung_up_by: 'CUSTOMER' | 'AGENT' | 'NETWORK' | 'SYSTEM' | null
  detail: string | null
  recording: KeptRecording | null
  hold: LegalHold | null
}

/** How long a recording is kept, and since when it is not any more. */
export interface KeptRecording extends Recording {
  detail: string | null
  /** Null where it is kept for ever. */
  keep_until: string | null
  deleted_at: string | null
}

/** Why the sound of a call may not be deleted. */
export interface LegalHold {
  at: string
  who: string
  reason: string
}

export interface AttemptPage {
  attempts: Attempt[]
  next: string | null
}
