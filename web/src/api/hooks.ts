/** Asks for webhooks and tokens, and for a number in full. */

import { ask } from './client'
import type { Right } from './people'

export const HOOK_EVENTS = ['ATTEMPT_ENDED', 'ATTEMPT_DISPOSED'] as const
export type HookEvent = (typeof HOOK_EVENTS)[number]

export const RIGHTS: readonly Right[] = [
  'SEE_FLOOR',
  'LOAD_LEADS',
  'SEE_ATTEMPTS',
  'HEAR_RECORDINGS',
  'SEE_NUMBERS',
  'STEER_CAMPAIGNS',
  'STEER_AGENTS',
  'TAKE_CALLS',
  'SEE_AUDIT',
  'MANAGE_USERS',
]

export interface NewHook {
  name: string
  url: string
  events: HookEvent[]
  full_numbers: boolean
}

export interface Hook extends NewHook {
  created_at: string
  created_by: string
  disabled_at: string | null
  failures: number
  failing_since: string | null
  last_error: string | null
  delivered_at: string | null
  waiting: number
}

export interface Token {
  name: string
  rights: Right[]
  created_at: string
  created_by: string
  revoked_at: string | null
}

const at = (name: string) => `/webhooks/${encodeURIComponent(name)}`

export const hooksApi = {
  all: () => ask<Hook[]>('GET', '/webhooks'),
  add: (hook: NewHook) => ask<Hook & { secret: string }>('POST', '/webhooks', hook),
  setDisabled: (name: string, disabled: boolean) => ask<Hook>('PATCH', at(name), { disabled }),
  remove: (name: string) => ask<void>('DELETE', at(name)),
  newSecret: (name: string) => ask<{ secret: string }>('POST', `${at(name)}/secret`),
  test: (name: string) => ask<{ taken: boolean; error: string | null }>('POST', `${at(name)}/test`),
  redeliver: (name: string) => ask<{ events: number }>('POST', `${at(name)}/redeliver`, {}),
}

export const tokensApi = {
  all: () => ask<Token[]>('GET', '/tokens'),
  add: (name: string, rights: readonly Right[]) => ask<{ token: string }>('POST', '/tokens', { name, rights }),
  revoke: (name: string) => ask<void>('DELETE', `/tokens/${encodeURIComponent(name)}`),
}

/** The number of an attempt in full; the look is written down. */
export const fullNumber = (attemptId: string): Promise<{ number: string }> =>
  ask('GET', `/attempts/${encodeURIComponent(attemptId)}/number`)
