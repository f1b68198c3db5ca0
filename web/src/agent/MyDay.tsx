/** The agent's day so far, small: talks, conversions, and the rank among the team, in which nobody else is named. */

import { useEffect, useRef, useState } from 'react'
import { type AgentDay, agentDay } from '../api/reports'
import { useText } from '../look/look'
import { count, duration } from '../text/format'

interface MyDayProps {
  agentId: string
  /** How many talks were recorded here. */
  saved: number
  /** Whether the agent waits for a call. */
  free: boolean
}

/** Asked for once, and whenever a talk was recorded or the agent is free again. Nothing asks in between. */
export function MyDay({ agentId, saved, free }: MyDayProps) {
  const { t, language } = useText()
  const [day, setDay] = useState<AgentDay>()
  const asked = useRef(-1)
  useEffect(() => {
    if (asked.current === saved && !free) return
    asked.current = saved
    let here = true
    // A day that cannot be told is left as it was: it must never stand in the way of a call.
    agentDay(agentId)
      .then((found) => here && setDay(found))
      .catch(() => undefined)
    return () => {
      here = false
    }
  }, [agentId, saved, free])
  if (day === undefined) return null
  return (
    <section className="rp-box" aria-label={t('day.title')}>
      <dl className="rp-strip">
        <Figure name={t('day.talks')} value={count(day.talks, language)} />
        <Figure name={t('day.time')} value={duration(day.talk_s)} />
        <Figure name={t('day.agreed')} value={count(day.agreed, language)} />
        <Figure name={t('day.rank')} value={t('day.rank.of', { rank: day.rank, of: day.of })} />
      </dl>
    </section>
  )
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}
