import { describe, expect, it } from 'vitest'
import type { Campaign, Pacing } from '../api/payloads'
import { changesIn, formOf } from './pacing'

const CAMPAIGN: Campaign = {
  campaign_id: 1,
  name: 'C',
  status: 'RUNNING',
  mode: 'RATIO',
  ratio: 1.8,
  decision: null,
  expected_abandonment: null,
  calls: {},
  answer_rate: null,
  live_answers: 0,
  abandonment: 0,
  windows: [],
  holds: {},
  trouble: null,
}
const PACING: Pacing = { mode: 'RATIO', ratio: 1.8, max_in_flight: 100, max_abandonment: 0.03, late_cancel: true }

describe('a change of pacing', () => {
  it('sends nothing that was not changed, so that another operator’s change stays', () => {
    const before = formOf(CAMPAIGN, undefined)
    expect(changesIn(before, before)).toEqual({})
    expect(changesIn({ ...before, ratio: 2.2 }, before)).toEqual({ ratio: 2.2 })
    expect(changesIn({ ...before, ratio: null }, before)).toEqual({})
  })

  it('sends shares where people write per cent', () => {
    const before = formOf(CAMPAIGN, PACING)
    expect(before.max_abandonment_percent).toBe(3)
    expect(changesIn({ ...before, max_abandonment_percent: 2.9 }, before)).toEqual({ max_abandonment: 0.029 })
  })

  it('leaves late cancelling as it is until somebody says on or off', () => {
    const unknown = formOf(CAMPAIGN, undefined)
    expect(unknown.late_cancel).toBe('as_it_is')
    expect(changesIn({ ...unknown, late_cancel: 'off' }, unknown)).toEqual({ late_cancel: false })
    expect(formOf(CAMPAIGN, PACING).late_cancel).toBe('on')
  })
})
