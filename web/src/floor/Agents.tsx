/** The agents in fixed places, each with its state and how long it has lasted; a count of each state filters them. */

import { memo, useEffect, useMemo, useState } from 'react'
import { api } from '../api/client'
import { AGENT_STATES, type AgentAnswer, type AgentCard, type AgentState } from '../api/payloads'
import { useStore } from '../api/store'
import { news } from '../api/stream'
import { useTell, useText } from '../look/look'
import { Since } from '../look/Since'
import { reasonOf } from '../text/reasons'

const BY_NUMBER = new Intl.Collator(undefined, { numeric: true })

/** Everybody the service knows: as the stream tells, and whoever it has not spoken of as they were when asked for. */
export function everybody(asked: readonly AgentAnswer[], told: ReadonlyMap<string, AgentCard>): AgentCard[] {
  const found = new Map<string, AgentCard>()
  for (const one of asked) {
    found.set(one.agent_id, { ...one, since: Date.parse(one.since) / 1000, reason: one.reason ?? one.trouble })
  }
  for (const [id, card] of told) {
    const name = card.name ?? found.get(id)?.name
    found.set(id, name === undefined || card.name !== undefined ? card : { ...card, name })
  }
  return [...found.values()].sort((a, b) => BY_NUMBER.compare(a.agent_id, b.agent_id))
}

export function Agents() {
  const { t } = useText()
  const tell = useTell()
  const told = useStore(news, (all) => all.agents)
  const snapshots = useStore(news, (all) => all.snapshots)
  const [asked, setAsked] = useState<readonly AgentAnswer[]>([])
  const [only, setOnly] = useState<AgentState>()
  // After every snapshot: whoever never moved since the service began is in no topic.
  useEffect(() => {
    if (snapshots > 0) api.agents().then(setAsked).catch(tell.wrong)
  }, [snapshots, tell])
  const cards = useMemo(() => everybody(asked, told), [asked, told])
  const counts = useMemo(() => {
    const found = new Map<AgentState, number>()
    for (const card of cards) found.set(card.state, (found.get(card.state) ?? 0) + 1)
    return found
  }, [cards])
  return (
    <section aria-labelledby="agents" className="rp-stack">
      <h2 id="agents">
        {t('floor.agents')} <span className="rp-quiet">{cards.length}</span>
      </h2>
      <div className="rp-states">
        {AGENT_STATES.map((state) => {
          const many = counts.get(state) ?? 0
          return (
            <button
              key={state}
              type="button"
              className={`rp-state rp-state-${state}`}
              aria-pressed={only === state}
              title={t('floor.onlyState', { state: t(`agent.${state}`), count: many })}
              onClick={() => setOnly(only === state ? undefined : state)}
            >
              <b>{many}</b> {t(`agent.${state}`)}
            </button>
          )
        })}
      </div>
      <ul className="rp-agents">
        {cards
          .filter((card) => only === undefined || card.state === only)
          .map((card) => (
            <AgentRow key={card.agent_id} card={card} />
          ))}
      </ul>
      {cards.length === 0 && <p className="rp-empty">{t('floor.noAgents')}</p>}
    </section>
  )
}

const AgentRow = memo(function AgentRow({ card }: { card: AgentCard }) {
  const { t } = useText()
  return (
    <li className={`rp-agent rp-state-${card.state}`}>
      <span className="rp-agent-name" title={card.agent_id}>
        {card.name || card.agent_id}
      </span>
      <span className="rp-agent-state">
        {t(`agent.${card.state}`)}
        {card.reason && <span className="rp-quiet"> · {reasonOf(card.reason, t)}</span>}
      </span>
      <Since at={card.since} />
    </li>
  )
})
