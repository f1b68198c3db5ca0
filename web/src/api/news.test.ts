import { describe, expect, it } from 'vitest'
import { NO_NEWS, reduce, type StreamEvent } from './news'
import type { CallState, Outcome } from './payloads'

const card = (agent_id: string, state = 'READY') => ({ agent_id, state, since: 1, attempt_id: null, reason: null })
const news = (topic: string, payload: unknown): StreamEvent => ({ kind: 'news', topic, payload })
const snapshot = (topics: Record<string, unknown>): StreamEvent => ({ kind: 'snapshot', topics })
const call = (id: string, state: CallState, outcome: Outcome | null = null) =>
  news(`calls/${id}`, { attempt_id: id, campaign_id: 1, state, outcome })

describe('the stream', () => {
  it('replaces everything by a snapshot, also what the snapshot does not speak of', () => {
    const before = reduce(NO_NEWS, [snapshot({ 'agents/101': card('101'), 'campaigns/1': { campaign_id: 1 } })])
    const after = reduce(before, [snapshot({ 'agents/102': card('102'), 'agents/102/screen': { name: '王芳' } })])
    expect([...after.agents.keys()]).toEqual(['102'])
    expect(after.campaigns.size).toBe(0)
    expect(after.screens.get('102')?.name).toBe('王芳')
    expect(after.snapshots).toBe(2)
  })

  it('changes one topic by news and leaves the others the very same objects', () => {
    const before = reduce(NO_NEWS, [snapshot({ 'agents/101': card('101'), 'agents/102': card('102') })])
    const after = reduce(before, [news('agents/101', card('101', 'TALKING'))])
    expect(after.agents.get('101')?.state).toBe('TALKING')
    expect(after.agents.get('102')).toBe(before.agents.get('102'))
    expect(after.campaigns).toBe(before.campaigns)
    expect(before.agents.get('101')?.state).toBe('READY')
  })

  it('forgets a topic that is cleared', () => {
    const before = reduce(NO_NEWS, [snapshot({ 'agents/101/screen': { name: 'x' }, 'agents/101': card('101') })])
    const after = reduce(before, [news('agents/101/screen', null)])
    expect(after.screens.size).toBe(0)
    expect(after.agents.size).toBe(1)
  })

  it('counts each answer and each abandoned call once, and keeps no call that has ended', () => {
    const after = reduce(NO_NEWS, [
      call('a', 'RINGING'),
      call('a', 'WAITING'),
      call('a', 'TALKING'),
      call('b', 'RINGING'),
      call('b', 'WAITING'),
      call('b', 'MESSAGE'),
      call('b', 'ENDED', 'ABANDONED'),
      call('c', 'RINGING'),
      call('c', 'ENDED', 'NO_ANSWER'),
    ])
    expect([after.answered, after.abandoned]).toEqual([2, 1])
    expect([...after.calls.keys()]).toEqual(['a'])
  })

  it('takes no harm from topics it does not know, nor from payloads that are none', () => {
    const before = reduce(NO_NEWS, [snapshot({ 'agents/101': card('101') })])
    const odd = [
      news('service/node1', { state: 'up' }),
      news('campaigns/1/quality', {}),
      news('', 1),
      news('agents', {}),
    ]
    const after = reduce(before, [...odd, news('campaigns/2', 'text')])
    expect({ ...after }).toMatchObject({ agents: before.agents, screens: before.screens })
    expect(after.campaigns.size).toBe(0)
  })
})
