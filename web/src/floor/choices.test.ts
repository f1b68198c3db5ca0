import { describe, expect, it } from 'vitest'
import type { AgentCard, AgentState } from '../api/payloads'
import type { User } from '../api/people'
import type { Supervisor } from '../api/supervision'
import { choicesOf } from './choices'

const LEADER: User = {
  username: 'ada',
  name: 'Ada',
  role: 'TEAM_LEADER',
  rights: ['SEE_FLOOR', 'STEER_AGENTS', 'LISTEN_IN'],
  team: 'north',
  agent_id: '900',
  password_is_new: false,
}
const card = (state: AgentState, more: Partial<AgentCard> = {}): AgentCard => ({
  agent_id: '101',
  state,
  since: 1,
  attempt_id: null,
  reason: null,
  team: 'north',
  ...more,
})
const keys = (...of: Parameters<typeof choicesOf>) => choicesOf(...of).map((one) => one.key)

describe('what a supervisor may do about an agent', () => {
  it('follows where the agent stands', () => {
    expect(keys(card('TALKING'), LEADER, undefined)).toEqual([
      'LISTEN',
      'WHISPER',
      'BARGE',
      'message',
      'takeOver',
      'pause',
      'hangUp',
      'logOut',
    ])
    expect(keys(card('PAUSED'), LEADER, undefined)).toEqual(['LISTEN', 'WHISPER', 'message', 'ready', 'logOut'])
    expect(keys(card('CALLING_IN'), LEADER, undefined)).toEqual(['message', 'pause', 'logOut'])
    expect(keys(card('OFFLINE'), LEADER, undefined)).toEqual([])
  })

  it('is nothing for another team, and no listening to oneself, nor where somebody listens already', () => {
    expect(keys(card('TALKING', { team: 'south' }), LEADER, undefined)).toEqual([])
    expect(keys(card('TALKING', { team: 'south' }), { ...LEADER, team: null }, undefined)).toContain('LISTEN')
    expect(keys(card('TALKING', { agent_id: '900' }), LEADER, undefined)).not.toContain('LISTEN')
    expect(keys(card('TALKING'), LEADER, {} as Supervisor)).not.toContain('LISTEN')
  })

  it('keeps listening from whoever may not, and shows whoever has no phone that it is missing', () => {
    const operator: User = { ...LEADER, rights: ['SEE_FLOOR', 'STEER_AGENTS'], team: null }
    expect(keys(card('TALKING'), operator, undefined)).toEqual(['message', 'takeOver', 'pause', 'hangUp', 'logOut'])
    const noPhone = choicesOf(card('READY'), { ...LEADER, agent_id: null }, undefined)
    expect(noPhone.find((one) => one.key === 'LISTEN')?.disabled).toBe(true)
    expect(noPhone.map((one) => one.key)).not.toContain('takeOver')
  })
})
