/** Asks for reports, and for an agent's day. */

import { ask, query } from './client'

export const GROUPS = ['campaign', 'list', 'team', 'agent', 'hour', 'day'] as const
export type Group = (typeof GROUPS)[number]

/** What calls came to; `talk_s` in seconds. */
export interface Came {
  placed: number
  answered: number
  bridged: number
  long_talks: number
  agreed: number
  refused: number
  call_backs: number
  abandoned: number
  talk_s: number
}

/** One line; the key is empty where calls have none, as those without an agent. */
export interface ReportLine extends Came {
  key: string
  name: string
  occupancy: number | null
}

export interface Report {
  lines: ReportLine[]
  left_out: number
  total: Came
}

export interface AgentDay {
  talks: number
  talk_s: number
  agreed: number
  rank: number
  of: number
}

/** What is asked of a report. */
export interface ReportQuery {
  by: Group
  since?: string | undefined
  until?: string | undefined
  campaign?: string | undefined
  zone: string
}

/** Where whoever looks at the page is at home. */
export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'

export const report = (asked: ReportQuery): Promise<Report> => ask('GET', `/reports/calls?${query({ ...asked })}`)

/** Where the same is, as a file. */
export const csvAddress = (asked: ReportQuery): string => `/api/reports/calls.csv?${query({ ...asked })}`

export const agentDay = (agentId: string): Promise<AgentDay> =>
  ask('GET', `/agents/${encodeURIComponent(agentId)}/day?${query({ zone: zone() })}`)
