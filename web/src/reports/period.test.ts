import { describe, expect, it } from 'vitest'
import { boundsOf, dateOf, lastDays } from './period'

describe('the days of a report', () => {
  it('are the last ones with today, over the end of a month', () => {
    expect(lastDays(7, new Date(2026, 11, 3, 12))).toEqual({ from: '2026-11-27', to: '2026-12-03' })
  })

  it('begin at the first midnight and end at the one after the last', () => {
    const { since, until } = boundsOf('2026-12-31', '2026-12-31')
    expect(since).toBe(new Date(2026, 11, 31).toISOString())
    expect(until).toBe(new Date(2027, 0, 1).toISOString())
    expect(dateOf(new Date(String(since)))).toBe('2026-12-31')
  })

  it('are left to the service where a field is empty', () => {
    expect(boundsOf('', '')).toEqual({ since: undefined, until: undefined })
  })
})
