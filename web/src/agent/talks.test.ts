import { describe, expect, it } from 'vitest'
import type { AgentCard, AgentState, Screen } from '../api/payloads'
import { dueOf, follow, keepTalks, leave, readTalks, settle, type Talk } from './talks'

const card = (state: AgentState, attempt_id: string | null): AgentCard => ({
  agent_id: '101',
  state,
  since: 1,
  attempt_id,
  reason: null,
})
const screen = (attempt_id: string): Screen => ({
  attempt_id,
  campaign: 'C',
  lead_id: 1,
  name: '高轩文',
  number: '151****8350',
  attributes: {},
  script: '',
})

const NONE: readonly Talk[] = []

describe('the talks an agent owes a word on', () => {
  it('begin when the voices meet, not while a call is only on its way', () => {
    expect(follow(NONE, card('RESERVED', 'a1'), screen('a1'))).toBe(NONE)
    const talking = follow(NONE, card('TALKING', 'a1'), screen('a1'))
    expect(dueOf(talking, screen('a1'))?.screen.attempt_id).toBe('a1')
    expect(follow(talking, card('WRAP_UP', 'a1'), screen('a1'))).toBe(talking)
  })

  it('stay when the wrap-up runs out with nothing recorded, until they are recorded or left', () => {
    const talking = follow(NONE, card('TALKING', 'a1'), screen('a1'))
    const over = follow(talking, card('READY', null), undefined)
    expect(dueOf(over, undefined)?.screen.attempt_id).toBe('a1')
    expect(dueOf(leave(over, 'a1'), undefined)).toBeUndefined()
  })

  it('are settled by saving: the word can be changed while the screen is there, then it is done', () => {
    const saved = settle(follow(NONE, card('WRAP_UP', 'a1'), screen('a1')), 'a1', 'AGREED')
    expect(dueOf(saved, screen('a1'))?.saved).toBe('AGREED')
    expect(follow(saved, card('READY', null), undefined)).toEqual([])
  })

  it('give way to the next call, and come back after it', () => {
    const owed = follow(follow(NONE, card('TALKING', 'a1'), screen('a1')), card('READY', null), undefined)
    expect(dueOf(owed, screen('a2'))).toBeUndefined()
    const next = follow(owed, card('TALKING', 'a2'), screen('a2'))
    expect(dueOf(next, screen('a2'))?.screen.attempt_id).toBe('a2')
    const after = follow(settle(next, 'a2', 'REFUSED'), card('READY', null), undefined)
    expect(dueOf(after, undefined)?.screen.attempt_id).toBe('a1')
  })

  it('outlive a reload', () => {
    keepTalks('101', follow(NONE, card('TALKING', 'a1'), screen('a1')))
    expect(readTalks('101')).toHaveLength(1)
    expect(readTalks('102')).toEqual([])
  })
})
