/** What the stream has told, by topic; pure: a snapshot replaces all, news changes one topic. */

import type { AgentCard, CallNews, CallState, Campaign, Screen } from './payloads'
import type { Messages, Supervised, Supervisor } from './supervision'

export interface News {
  agents: ReadonlyMap<string, AgentCard>
  screens: ReadonlyMap<string, Screen>
  /** Who is on whose line, and what agents are told of it and by it, by agent. */
  supervisors: ReadonlyMap<string, Supervisor>
  supervised: ReadonlyMap<string, Supervised>
  messages: ReadonlyMap<string, Messages>
  campaigns: ReadonlyMap<string, Campaign>
  /** Calls that were heard of and have not ended. */
  calls: ReadonlyMap<string, CallNews>
  /** Calls heard to be answered, and to be abandoned, since the page was opened. */
  answered: number
  abandoned: number
  /** How many snapshots there were: 0 means that nothing is known yet. */
  snapshots: number
}

export type StreamEvent =
  | { kind: 'snapshot'; topics: Readonly<Record<string, unknown>> }
  | { kind: 'news'; topic: string; payload: unknown }

export const NO_NEWS: News = {
  agents: new Map(),
  screens: new Map(),
  supervisors: new Map(),
  supervised: new Map(),
  messages: new Map(),
  campaigns: new Map(),
  calls: new Map(),
  answered: 0,
  abandoned: 0,
  snapshots: 0,
}

const ANSWERED: ReadonlySet<CallState> = new Set([
  'DETECTING',
  'WAITING',
  'CONNECTING',
  'TALKING',
  'HELD',
  'HANDING_OVER',
  'MESSAGE',
])

/** The news after these events. What was not spoken of stays the very same object. */
export function reduce(before: News, events: readonly StreamEvent[]): News {
  const after: Draft = { ...before, fresh: new Set() }
  for (const event of events) {
    if (event.kind === 'snapshot') {
      replaceAll(after, event.topics)
    } else {
      patch(after, event.topic, event.payload)
    }
  }
  const { fresh: _, ...news } = after
  return news
}

const MAPS = ['agents', 'screens', 'supervisors', 'supervised', 'messages', 'campaigns', 'calls'] as const
type MapName = (typeof MAPS)[number]
/** `fresh`: the maps that are this draft's own and may be changed in place. */
type Draft = News & { fresh: Set<MapName> }

function replaceAll(draft: Draft, topics: Readonly<Record<string, unknown>>): void {
  for (const name of MAPS) own(draft, name).clear()
  draft.snapshots += 1
  for (const [topic, payload] of Object.entries(topics)) patch(draft, topic, payload)
}

function patch(draft: Draft, topic: string, payload: unknown): void {
  const [kind, id, more, ...rest] = topic.split('/')
  if (id === undefined || rest.length > 0) return
  if (kind === 'agents' && more === undefined) put(own(draft, 'agents'), id, payload)
  else if (kind === 'agents' && more === 'screen') put(own(draft, 'screens'), id, payload)
  else if (kind === 'agents' && more === 'supervised') put(own(draft, 'supervised'), id, payload)
  else if (kind === 'agents' && more === 'message') put(own(draft, 'messages'), id, payload)
  else if (kind === 'supervision' && more === undefined) put(own(draft, 'supervisors'), id, payload)
  else if (kind === 'campaigns' && more === undefined) put(own(draft, 'campaigns'), id, payload)
  else if (kind === 'calls' && more === undefined) callMoved(draft, id, payload)
}

function callMoved(draft: Draft, id: string, payload: unknown): void {
  const before = draft.calls.get(id)
  if (!isObject(payload)) {
    own(draft, 'calls').delete(id)
    return
  }
  const call = payload as unknown as CallNews
  const wasAnswered = before !== undefined && ANSWERED.has(before.state)
  if (ANSWERED.has(call.state) && !wasAnswered) draft.answered += 1
  if (call.state === 'ENDED' && call.outcome === 'ABANDONED') draft.abandoned += 1
  put(own(draft, 'calls'), id, call.state === 'ENDED' ? null : payload)
}

function own(draft: Draft, name: MapName): Map<string, never> {
  if (!draft.fresh.has(name)) {
    Object.assign(draft, { [name]: new Map(draft[name] as ReadonlyMap<string, unknown>) })
    draft.fresh.add(name)
  }
  return draft[name] as Map<string, never>
}

function put(map: Map<string, never>, id: string, payload: unknown): void {
  if (isObject(payload)) map.set(id, payload as never)
  else map.delete(id)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
