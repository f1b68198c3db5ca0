/** Asks the service over HTTP; an answer that is none becomes an error in the service's own words. */

import { heardDate } from './clock'
import type {
  AgentAnswer,
  AttemptDetails,
  AttemptPage,
  CampaignAnswer,
  CampaignCommand,
  CampaignDetails,
  DispositionBody,
  LegalHold,
  ListedCampaign,
  MadeCampaign,
  Plan,
  PreviewedLead,
  Taker,
} from './payloads'
import type { AuditLine, KnownUser, LoggedIn, NewUser, User, UserChange } from './people'
import type { Message, SupervisionMode, Supervisor } from './supervision'

const DEADLINE_MS = 15_000

/** The service refused, or could not be reached (then `status` is 0). */
export class ApiError extends Error {
  readonly status: number
  /** When to try again, where the service says so. */
  readonly retryAfter_s: number | undefined
  constructor(status: number, detail: string, retryAfter_s?: number) {
    super(detail)
    this.name = 'ApiError'
    this.status = status
    this.retryAfter_s = retryAfter_s
  }
}

let nobody: () => void = () => undefined

/** Whom to tell that the session is over. */
export function onNobody(told: () => void): void {
  nobody = told
}

/** The service's own words for what is wrong; a list of faults, as for a bad field, becomes one line. */
export function detailOf(body: unknown, status: number): string {
  const detail = body !== null && typeof body === 'object' && 'detail' in body ? body.detail : undefined
  if (typeof detail === 'string') return detail
  if (!Array.isArray(detail)) return `HTTP ${status}`
  const faults = detail.map((fault: { loc?: unknown[]; msg?: string }) => {
    const where = (fault.loc ?? []).filter((part) => part !== 'body' && part !== 'query').join('.')
    return where ? `${where}: ${fault.msg ?? ''}` : (fault.msg ?? '')
  })
  return faults.join('; ')
}

/** One question to the service; groups of pages with questions of their own use it too. */
export async function ask<T>(method: string, path: string, body?: unknown, mayBeNobody = false): Promise<T> {
  let response: Response
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
  } catch {
    throw new ApiError(0, '')
  }
  heardDate(response.headers.get('date'))
  const text = await response.text().catch(() => '')
  let answer: unknown
  try {
    answer = text === '' ? undefined : JSON.parse(text)
  } catch {
    answer = undefined
  }
  if (!response.ok) {
    if (response.status === 401 && !mayBeNobody) nobody()
    const wait_s = Number(response.headers.get('retry-after') ?? undefined)
    throw new ApiError(response.status, detailOf(answer, response.status), wait_s > 0 ? wait_s : undefined)
  }
  return answer as T
}

export const part = encodeURIComponent

/** What stands behind the question mark; what is empty is left out. */
export function query(values: Record<string, string | number | undefined>): string {
  const given = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') given.set(key, String(value))
  }
  return given.toString()
}

/** Everything the consoles ask for. */
export const api = {
  whoAmI: () => ask<User>('GET', '/session', undefined, true),
  logIn: (username: string, password: string) => ask<User>('POST', '/session', { username, password }, true),
  logOut: () => ask<void>('DELETE', '/session', undefined, true),
  changePassword: (old: string, fresh: string) => ask<void>('POST', '/session/password', { old, new: fresh }, true),

  agents: () => ask<AgentAnswer[]>('GET', '/agents'),
  agent: (agentId: string, what: 'logout' | 'ready') => ask<AgentAnswer>('POST', `/agents/${part(agentId)}/${what}`),
  takeUp: (agentId: string, telephone: 'DESK' | 'PAGE') =>
    ask<AgentAnswer>('POST', `/agents/${part(agentId)}/login`, { telephone }),
  phone: (agentId: string) =>
    ask<{ uri: string; user: string; password: string }>('GET', `/agents/${part(agentId)}/phone`),
  pause: (agentId: string, reason: string) => ask<AgentAnswer>('POST', `/agents/${part(agentId)}/pause`, { reason }),
  hangUp: (agentId: string) => ask<{ attempt_id: string }>('POST', `/agents/${part(agentId)}/hangup`),
  mute: (agentId: string, on: boolean) => ask<void>('POST', `/agents/${part(agentId)}/mute`, { on }),
  hold: (agentId: string, on: boolean) => ask<void>('POST', `/agents/${part(agentId)}/hold`, { on }),
  pressKeys: (agentId: string, keys: string) => ask<void>('POST', `/agents/${part(agentId)}/keys`, { keys }),
  takers: (agentId: string) => ask<Taker[]>('GET', `/agents/${part(agentId)}/transfer`),
  transfer: (agentId: string, to: string) => ask<void>('POST', `/agents/${part(agentId)}/transfer`, { to_agent: to }),
  extendWrapUp: (agentId: string, seconds: number) =>
    ask<void>('POST', `/agents/${part(agentId)}/wrap-up`, { seconds }),
  dispose: (agentId: string, body: DispositionBody) =>
    ask<{ attempt_id: string }>('POST', `/agents/${part(agentId)}/disposition`, body),

  preview: (agentId: string, campaignId: number) =>
    ask<PreviewedLead>('POST', `/agents/${part(agentId)}/preview`, { campaign: String(campaignId) }),
  dialPreview: (agentId: string, campaignId: number, leadId: number) =>
    ask<void>('POST', `/agents/${part(agentId)}/preview`, { campaign: String(campaignId), lead_id: leadId }),

  listen: (agentId: string, mode: SupervisionMode) =>
    ask<Supervisor>('POST', `/agents/${part(agentId)}/listen`, { mode }),
  endListening: (agentId: string) => ask<void>('DELETE', `/agents/${part(agentId)}/listen`),
  takeOver: (agentId: string, toAgent: string) =>
    ask<unknown>('POST', `/agents/${part(agentId)}/transfer`, { to_agent: toAgent }),
  sendMessage: (agentId: string, text: string) => ask<Message>('POST', `/agents/${part(agentId)}/message`, { text }),
  readMessage: (agentId: string, messageId: string) =>
    ask<Message>('POST', `/agents/${part(agentId)}/message/${part(messageId)}/read`),

  campaigns: () => ask<ListedCampaign[]>('GET', '/campaigns'),
  campaign: (campaignId: number) => ask<CampaignDetails>('GET', `/campaigns/${campaignId}`),
  makeCampaign: (plan: Plan) => ask<MadeCampaign>('POST', '/campaigns', plan),
  command: (campaignId: number, command: CampaignCommand) =>
    ask<CampaignAnswer>('POST', `/campaigns/${campaignId}/commands`, command),

  attempts: (filters: Record<string, string | number | undefined>) =>
    ask<AttemptPage>('GET', `/attempts?${query(filters)}`),
  attempt: (attemptId: string) => ask<AttemptDetails>('GET', `/attempts/${part(attemptId)}`),
  holdRecording: (attemptId: string, reason: string) =>
    ask<LegalHold>('PUT', `/attempts/${part(attemptId)}/hold`, { reason }),
  liftHold: (attemptId: string, reason: string) => ask<void>('DELETE', `/attempts/${part(attemptId)}/hold`, { reason }),

  users: () => ask<KnownUser[]>('GET', '/users'),
  addUser: (user: NewUser) => ask<KnownUser & { password: string }>('POST', '/users', user),
  changeUser: (username: string, change: UserChange) => ask<KnownUser>('PATCH', `/users/${part(username)}`, change),
  newPassword: (username: string) =>
    ask<{ username: string; password: string }>('POST', `/users/${part(username)}/password`),
  sessions: () => ask<LoggedIn[]>('GET', '/sessions'),
  endSession: (sessionId: number) => ask<void>('DELETE', `/sessions/${sessionId}`),
  audit: (limit: number) => ask<AuditLine[]>('GET', `/audit?limit=${limit}`),
}

/** Where lists are loaded into a campaign. */
export function listsAddress(campaignId: number): string {
  return `/api/campaigns/${campaignId}/lists`
}

/** Where the refused rows of a list are, as a file. */
export function rejectedAddress(campaignId: number, listId: number): string {
  return `${listsAddress(campaignId)}/${listId}/rejected`
}

/** Where the sound of a talk is. */
export function recordingAddress(attemptId: string): string {
  return `/api/attempts/${part(attemptId)}/recording`
}

/** Where a call with all its evidence is, as a file. */
export function evidenceAddress(attemptId: string, fullNumber: boolean): string {
  return `/api/attempts/${part(attemptId)}/evidence${fullNumber ? '?full_number=true' : ''}`
}
