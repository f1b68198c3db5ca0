/** What may be done about an agent, by where they stand and who asks; pure. */

import type { AgentCard } from '../api/payloads'
import type { User } from '../api/people'
import { may } from '../api/session'
import { SUPERVISION_MODES, type SupervisionMode, type Supervisor } from '../api/supervision'

export type ChoiceKey = SupervisionMode | 'message' | 'takeOver' | 'pause' | 'ready' | 'logOut' | 'hangUp'

export interface Choice {
  key: ChoiceKey
  danger: boolean
  disabled: boolean
}

const ON_THE_LINE = new Set<AgentCard['state']>(['READY', 'RESERVED', 'TALKING', 'WRAP_UP', 'PAUSED'])

/** In the order of the menu; what makes no sense now is left out, what another has to allow is grey. */
export function choicesOf(card: AgentCard, user: User, supervisor: Supervisor | undefined): Choice[] {
  const found: Choice[] = []
  const add = (key: ChoiceKey, danger = false, disabled = false) => found.push({ key, danger, disabled })
  if (card.state === 'OFFLINE' || !isOfTeam(card, user)) return found
  const oneself = card.agent_id === user.agent_id
  if (may(user, 'LISTEN_IN') && ON_THE_LINE.has(card.state) && !oneself && supervisor === undefined) {
    for (const mode of SUPERVISION_MODES) {
      if (mode !== 'BARGE' || card.state === 'TALKING') add(mode, false, user.agent_id === null)
    }
  }
  if (!may(user, 'STEER_AGENTS')) return found
  add('message')
  if (card.state === 'TALKING' && !oneself && user.agent_id !== null) add('takeOver')
  if (card.state === 'PAUSED') add('ready')
  else add('pause')
  if (card.state === 'TALKING') add('hangUp', true)
  add('logOut', true)
  return found
}

/** Whoever leads a team sees others, and steers only their own. */
export function isOfTeam(card: AgentCard, user: User): boolean {
  return user.team === null || card.team === user.team
}
