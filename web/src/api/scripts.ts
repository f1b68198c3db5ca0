/** Asks the service for scripts and for the talks' way through them. */

import type { Flow, KeptWalk } from '../script/flow'
import { ask, part } from './client'

export { ApiError } from './client'

/** A version of a script without its text. */
export interface MadeScript {
  name: string
  version: number
  made_by: string
  made_at: string
}

export interface ListedScript extends MadeScript {
  campaigns: string[]
}

export interface WholeScript extends MadeScript {
  text: string
  versions: MadeScript[]
}

/** One thing that is wrong; lines count from 1. */
export interface ScriptProblem {
  line: number | null
  step: string | null
  key: string
  says: string
}

export interface CheckedScript {
  problems: ScriptProblem[]
  flow: Flow | null
}

export const scriptsApi = {
  all: () => ask<ListedScript[]>('GET', '/scripts'),
  get: (name: string, version?: number) =>
    ask<WholeScript>('GET', `/scripts/${part(name)}${version === undefined ? '' : `?version=${version}`}`),
  save: (name: string, text: string, after: number) =>
    ask<MadeScript>('PUT', `/scripts/${part(name)}`, { text, after }),
  check: (text: string, name: string, attributes: Record<string, string>) =>
    ask<CheckedScript>('POST', '/scripts/check', { text, name, attributes }),
  keep: (agentId: string, walk: KeptWalk) => ask<KeptWalk>('PUT', `/agents/${part(agentId)}/script`, walk),
  walked: (agentId: string, attemptId: string) =>
    ask<{ walk: KeptWalk | null; flow: Flow | null }>(
      'GET',
      `/agents/${part(agentId)}/script?attempt_id=${part(attemptId)}`,
    ),
}
