/** The agents, each with its state and how long it has lasted; a count of each state, and a team, filters them. */

import { Select } from 'antd'
import { useEffect, useMemo, useState } from 'react'
import { api } from '../api/client'
import { AGENT_STATES, type AgentAnswer, type AgentCard, type AgentState } from '../api/payloads'
import type { User } from '../api/people'
import { useStore } from '../api/store'
import { news } from '../api/stream'
import { useTell, useText } from '../look/look'
import { AgentRow } from './AgentRow'

const BY_NUMBER = new Intl.Collator(undefined, { numeric: true })

/** Everybody the service knows: as the stream tells, and whoever it has not spoken of as they were when asked for. */
export function everybody(asked: readonly AgentAnswer[], told: ReadonlyMap<string, AgentCard>): AgentCard[] {
  const found = new Map<string, AgentCard>()
  for (const one of asked) {
    found.set(one.agent_id, { ...one, since: Date.parse(one.since) / 1000, reason: one.reason ?? one.trouble })
  }
  for (const [id, card] of told) {
    const asked = found.get(id)
    const [name, team] = [card.name ?? asked?.name, card.team ?? asked?.team]
    found.set(id, { ...card, ...(name !== undefined && { name }), ...(team !== undefined && { team }) })
  }
  return [...found.values()].sort((a, b) => BY_NUMBER.compare(a.agent_id, b.agent_id))
}

/** How the agents are ordered. */
export type Order = 'byName' | 'byTime'

/** The agents to be shown: of one state, of one team, in fixed places or the longest in their state first. */
export function shownOf(
  cards: readonly AgentCard[],
  state: AgentState | undefined,
  team: string | null,
  order: Order,
): AgentCard[] {
  const found = cards.filter(
    (one) => (state === undefined || one.state === state) && (team === null || one.team === team),
  )
  return order === 'byTime' ? found.sort((a, b) => a.since - b.since) : found
}

interface AgentsProps {
  user: User
  /** On a wall nothing is steered. */
  wall: boolean
}

export function Agents({ user, wall }: AgentsProps) {
  const { t } = useText()
  const tell = useTell()
  const told = useStore(news, (all) => all.agents)
  const snapshots = useStore(news, (all) => all.snapshots)
  const [asked, setAsked] = useState<readonly AgentAnswer[]>([])
  const [only, setOnly] = useState<AgentState>()
  const [team, setTeam] = useState(user.team)
  const [order, setOrder] = useState<Order>('byName')
  // After every snapshot: whoever never moved since the service began is in no topic.
  useEffect(() => {
    if (snapshots > 0) api.agents().then(setAsked).catch(tell.wrong)
  }, [snapshots, tell])
  const cards = useMemo(() => everybody(asked, told), [asked, told])
  const teams = useMemo(() => [...new Set(cards.flatMap((one) => one.team ?? []))].sort(), [cards])
  const counts = useMemo(() => {
    const found = new Map<AgentState, number>()
    for (const card of shownOf(cards, undefined, team, 'byName')) {
      found.set(card.state, (found.get(card.state) ?? 0) + 1)
    }
    return found
  }, [cards, team])
  const shown = useMemo(() => shownOf(cards, only, team, order), [cards, only, team, order])
  return (
    <section aria-labelledby="agents" className="rp-stack">
      <h2 id="agents">
        {t('floor.agents')} <span className="rp-quiet">{shown.length}</span>
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
      {!wall && (
        <div className="rp-actions">
          <Select
            size="small"
            aria-label={t('floor.order')}
            value={order}
            onChange={setOrder}
            options={(['byName', 'byTime'] as const).map((value) => ({ value, label: t(`floor.${value}`) }))}
          />
          {teams.length > 0 && (
            <Select
              size="small"
              aria-label={t('floor.team')}
              value={team ?? ''}
              onChange={(chosen) => setTeam(chosen === '' ? null : chosen)}
              options={[{ value: '', label: t('floor.everyTeam') }, ...teams.map((value) => ({ value, label: value }))]}
            />
          )}
        </div>
      )}
      <ul className="rp-agents">
        {shown.map((card) => (
          <AgentRow key={card.agent_id} card={card} user={user} steers={!wall} />
        ))}
      </ul>
      {cards.length === 0 && <p className="rp-empty">{t('floor.noAgents')}</p>}
    </section>
  )
}
