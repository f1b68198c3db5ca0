import { describe, expect, it } from 'vitest'
import { NO_NEWS, reduce } from '../api/news'
import type { AgentCard, LegalWindow } from '../api/payloads'
import { placesOf } from './AbandonmentBar'
import { everybody, shownOf } from './Agents'
import { callsByState } from './CallStrip'
import { answersPerMinute, type Sample, sampleOf } from './history'

const WINDOW: LegalWindow = {
  name: '24h',
  live_answers: 100,
  abandoned: 2,
  rate: 0.02,
  lower_bound: 0.002,
  upper_bound: 0.07,
  expected: null,
  limit: 0.03,
  slack: 1,
}
const card = (agent_id: string, state: AgentCard['state']): AgentCard => ({
  agent_id,
  state,
  since: 100,
  attempt_id: null,
  reason: null,
})
const campaign = (campaign_id: number, more: object) => ({ campaign_id, status: 'RUNNING', windows: [], ...more })

describe('the floor', () => {
  it('lists whoever the stream has not spoken of as they were asked for, and everybody in fixed places', () => {
    const asked = ['2', '10'].map((agent_id) => ({
      agent_id,
      state: 'OFFLINE' as const,
      since: '1970-01-01T00:00:50Z',
      attempt_id: null,
      reason: null,
      trouble: agent_id === '2' ? 'the telephone vanished' : null,
    }))
    const found = everybody(asked, new Map([['10', card('10', 'READY')]]))
    expect(found.map((one) => [one.agent_id, one.state, one.since])).toEqual([
      ['2', 'OFFLINE', 50],
      ['10', 'READY', 100],
    ])
    expect(found[0]?.reason).toBe('the telephone vanished')
  })

  it('shows one state, one team, and the longest in their state first where that is asked for', () => {
    const cards = [
      { ...card('1', 'READY'), team: 'north', since: 30 },
      { ...card('2', 'READY'), team: 'north', since: 10 },
      { ...card('3', 'PAUSED'), team: 'north', since: 20 },
      { ...card('4', 'READY'), team: 'south', since: 5 },
    ]
    const ids = (...how: [AgentCard['state'] | undefined, string | null, 'byName' | 'byTime']) =>
      shownOf(cards, ...how).map((one) => one.agent_id)
    expect(ids('READY', 'north', 'byTime')).toEqual(['2', '1'])
    expect(ids(undefined, null, 'byName')).toEqual(['1', '2', '3', '4'])
    expect(ids(undefined, null, 'byTime')).toEqual(['4', '2', '3', '1'])
  })

  it('adds up the calls of all campaigns', () => {
    const told = reduce(NO_NEWS, [
      {
        kind: 'snapshot',
        topics: {
          'campaigns/1': campaign(1, { calls: { RINGING: 3 } }),
          'campaigns/2': campaign(2, { calls: { RINGING: 2, TALKING: 1 } }),
        },
      },
    ])
    expect(Object.fromEntries(callsByState(told.campaigns.values()))).toEqual({ RINGING: 5, TALKING: 1 })
  })

  it('draws a window to twice its limit and no farther', () => {
    expect(placesOf({ ...WINDOW, rate: 0.03 }).rate).toBeCloseTo(50)
    expect(placesOf(WINDOW).upper).toBe(100)
    expect(placesOf({ ...WINDOW, rate: 0.5 }).rate).toBe(100)
  })
})

describe('the last minutes', () => {
  it('tell the tightest window of the campaigns that run, and how many of those in line are at work', () => {
    const told = reduce(NO_NEWS, [
      {
        kind: 'snapshot',
        topics: {
          'agents/1': card('1', 'TALKING'),
          'agents/2': card('2', 'WRAP_UP'),
          'agents/3': card('3', 'READY'),
          'agents/4': card('4', 'PAUSED'),
          'agents/5': card('5', 'OFFLINE'),
          'campaigns/1': campaign(1, { windows: [WINDOW, { ...WINDOW, rate: 0.025 }] }),
          'campaigns/2': campaign(2, { status: 'PAUSED', windows: [{ ...WINDOW, rate: 0.09 }] }),
        },
      },
    ])
    expect(sampleOf(told, 7)).toEqual({ at_s: 7, answered: 0, abandonment: 0.025, occupancy: 2 / 3 })
    expect(sampleOf(NO_NEWS, 7)).toEqual({ at_s: 7, answered: 0, abandonment: null, occupancy: null })
  })

  it('count answers over the minute before, once there is half of one', () => {
    const at = (at_s: number, answered: number): Sample => ({ at_s, answered, abandonment: null, occupancy: null })
    expect(answersPerMinute([at(0, 0), at(20, 1), at(30, 2), at(60, 6), at(90, 8)])).toEqual([null, null, 4, 6, 6])
  })
})
