/** The talks that an agent still owes a word on: the present one, and those whose wrap-up ran out. Pure, but for keeping. */

import type { AgentCard, Disposition, Screen } from '../api/payloads'
import { dropDraft } from './draft'

export interface Talk {
  screen: Screen
  /** What was saved of it last, on this page. */
  saved: Disposition | null
}

const KEY = 'ringpace.talks.'
const MOST = 5

/** The talks after the agent's card or screen has changed: one that has begun is added, one that is settled goes. */
export function follow(
  talks: readonly Talk[],
  card: AgentCard | undefined,
  screen: Screen | undefined,
): readonly Talk[] {
  const present = screen?.attempt_id
  const kept = talks.filter((talk) => talk.saved === null || talk.screen.attempt_id === present)
  const known = kept.some((talk) => talk.screen.attempt_id === present)
  // Not before the voices meet: a call that was on its way and did not come needs no word.
  const met = card?.state === 'TALKING' || card?.state === 'WRAP_UP'
  if (screen === undefined || known || !met || card.attempt_id !== present) {
    return kept.length === talks.length ? talks : kept
  }
  return [...kept, { screen, saved: null }].slice(-MOST)
}

/** The talks after this one was saved. */
export function settle(talks: readonly Talk[], attemptId: string, saved: Disposition): readonly Talk[] {
  return talks.map((talk) => (talk.screen.attempt_id === attemptId ? { ...talk, saved } : talk))
}

/** The talks without this one: nothing more will be said of it. */
export function leave(talks: readonly Talk[], attemptId: string): readonly Talk[] {
  dropDraft(attemptId)
  return talks.filter((talk) => talk.screen.attempt_id !== attemptId)
}

/** Which of them is to be recorded now: the present one, else the latest that was not; none while a call comes. */
export function dueOf(talks: readonly Talk[], screen: Screen | undefined): Talk | undefined {
  if (screen !== undefined) return talks.find((talk) => talk.screen.attempt_id === screen.attempt_id)
  return talks.findLast((talk) => talk.saved === null)
}

export function readTalks(agentId: string): readonly Talk[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY + agentId) ?? '[]')
    return Array.isArray(kept) ? kept : []
  } catch {
    return []
  }
}

export function keepTalks(agentId: string, talks: readonly Talk[]): void {
  try {
    sessionStorage.setItem(KEY + agentId, JSON.stringify(talks))
  } catch {
    // as with drafts
  }
}
