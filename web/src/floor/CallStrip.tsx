/** The calls of all campaigns by state, in one line that keeps its places. */

import { useMemo } from 'react'
import { CALL_STATES, type CallState, type Campaign } from '../api/payloads'
import { useStore } from '../api/store'
import { news } from '../api/stream'
import { useText } from '../look/look'

/** How many calls of these campaigns are in each state. */
export function callsByState(campaigns: Iterable<Campaign>): Map<CallState, number> {
  const found = new Map<CallState, number>()
  for (const campaign of campaigns) {
    for (const state of CALL_STATES) {
      const calls = campaign.calls?.[state] ?? 0
      if (calls > 0) found.set(state, (found.get(state) ?? 0) + calls)
    }
  }
  return found
}

/** States that always have their place; the others show up when there is such a call. */
const ALWAYS: ReadonlySet<CallState> = new Set(['PLACED', 'RINGING', 'WAITING', 'TALKING', 'MESSAGE'])

export function CallStrip() {
  const { t } = useText()
  const campaigns = useStore(news, (told) => told.campaigns)
  const calls = useMemo(() => callsByState(campaigns.values()), [campaigns])
  return (
    <dl className="rp-strip" aria-label={t('floor.calls')}>
      {CALL_STATES.filter((state) => ALWAYS.has(state) || calls.has(state)).map((state) => (
        <div key={state} className={state === 'WAITING' && calls.has(state) ? 'rp-strip-warm' : undefined}>
          <dt>{t(`call.${state}`)}</dt>
          <dd>{calls.get(state) ?? 0}</dd>
        </div>
      ))}
    </dl>
  )
}
