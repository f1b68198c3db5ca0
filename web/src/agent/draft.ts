/** What an agent has typed about a talk and not saved; it outlives a reload of the page, and ends with the tab. */

import type { Disposition, DispositionBody } from '../api/payloads'
import { isoOfLocal } from '../text/format'

export interface Draft {
  disposition: Disposition | null
  reason: string
  note: string
  /** As an input of type datetime-local holds it. */
  callBackAt: string
  /** What the script said last: it is filled in once. */
  toldBy?: string
}

/** What the script says of the result, once it has come to an end. */
export interface Told {
  attemptId: string
  disposition: Disposition
  reason: string
}

export const NO_DRAFT: Draft = { disposition: null, reason: '', note: '', callBackAt: '' }

const KEY = 'ringpace.draft.'

/** What was typed about this attempt before. */
export function readDraft(attemptId: string): Draft {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY + attemptId) ?? 'null')
    return kept !== null && typeof kept === 'object' ? { ...NO_DRAFT, ...kept } : NO_DRAFT
  } catch {
    return NO_DRAFT
  }
}

export function keepDraft(attemptId: string, draft: Draft): void {
  try {
    sessionStorage.setItem(KEY + attemptId, JSON.stringify(draft))
  } catch {
    // No room, or not allowed: what is typed stays on the page alone.
  }
}

export function dropDraft(attemptId: string): void {
  sessionStorage.removeItem(KEY + attemptId)
}

/** What keeps a draft from being saved: the key of the text that says so. */
export type Problem = 'record.choose' | 'record.needsTime' | 'record.past'

/** Why it cannot be saved yet, or undefined. */
export function problemOf(draft: Draft, now_ms: number): Problem | undefined {
  if (draft.disposition === null) return 'record.choose'
  if (draft.disposition !== 'CALL_BACK') return undefined
  const at = isoOfLocal(draft.callBackAt)
  if (at === undefined) return 'record.needsTime'
  return Date.parse(at) <= now_ms ? 'record.past' : undefined
}

/** What is sent; a time that was typed before another disposition was chosen is not. */
export function bodyOf(draft: Draft & { disposition: Disposition }, attemptId: string): DispositionBody {
  const [reason, note] = [draft.reason.trim(), draft.note.trim()]
  const at = draft.disposition === 'CALL_BACK' ? isoOfLocal(draft.callBackAt) : undefined
  return {
    disposition: draft.disposition,
    attempt_id: attemptId,
    ...(reason && { reason }),
    ...(note && { note }),
    ...(at && { call_back_at: at }),
  }
}
