/** The last minutes of the floor, made of what the stream told since the page was opened; sampling is pure. */

import { serviceNow } from '../api/clock'
import type { News } from '../api/news'
import type { AgentState } from '../api/payloads'
import { createStore } from '../api/store'
import { line, news } from '../api/stream'

export interface Sample {
  at_s: number
  /** Calls answered since the page was opened. */
  answered: number
  /** Of the tightest legal window of any campaign that runs, 0 to 1; null where there is none. */
  abandonment: number | null
  /** Of the agents who are logged in and not paused, the share at work on a call; null where there is nobody. */
  occupancy: number | null
}

export const EVERY_S = 5
const KEPT = (20 * 60) / EVERY_S
const RATE_OVER_S = 60

export const history = createStore<readonly Sample[]>([])

const AT_WORK: ReadonlySet<AgentState> = new Set(['RESERVED', 'TALKING', 'WRAP_UP'])

/** The floor at this moment. */
export function sampleOf(told: News, at_s: number): Sample {
  let [atWork, free] = [0, 0]
  for (const card of told.agents.values()) {
    if (AT_WORK.has(card.state)) atWork += 1
    else if (card.state === 'READY') free += 1
  }
  let [abandonment, closeness] = [null as number | null, -1]
  for (const campaign of told.campaigns.values()) {
    for (const window of campaign.status === 'RUNNING' ? (campaign.windows ?? []) : []) {
      if (window.rate / window.limit > closeness) {
        closeness = window.rate / window.limit
        abandonment = window.rate
      }
    }
  }
  return {
    at_s,
    answered: told.answered,
    abandonment,
    occupancy: atWork + free === 0 ? null : atWork / (atWork + free),
  }
}

/** Answers per minute at each sample, over the minute before it; null until there is half a minute to go by. */
export function answersPerMinute(samples: readonly Sample[]): (number | null)[] {
  let first = 0
  return samples.map((sample) => {
    while ((samples[first]?.at_s ?? sample.at_s) < sample.at_s - RATE_OVER_S) first += 1
    const before = samples[first]
    const span_s = before ? sample.at_s - before.at_s : 0
    return before && span_s >= RATE_OVER_S / 2 ? ((sample.answered - before.answered) / span_s) * 60 : null
  })
}

/** Take a sample every few seconds for as long as somebody looks; a line that is lost leaves a gap. */
export function keepHistory(): () => void {
  const take = () => {
    const told = news.get()
    if (told.snapshots === 0) return
    const now_s = serviceNow()
    const before = history.get().at(-1)
    // `answered` begins anew with the line: what was sampled on another one is no base for it.
    const goesOn = before !== undefined && before.answered <= told.answered
    const sample = sampleOf(told, now_s)
    const seen = line.get() === 'open' ? sample : { ...sample, abandonment: null, occupancy: null }
    history.set([...(goesOn ? history.get() : []), seen].slice(-KEPT))
  }
  take()
  const timer = setInterval(take, EVERY_S * 1000)
  return () => clearInterval(timer)
}
