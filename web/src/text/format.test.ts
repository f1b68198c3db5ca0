import { describe, expect, it } from 'vitest'
import { count, duration, isoOfLocal, moment, percent } from './format'
import { preferred } from './language'

describe('durations', () => {
  it.each([
    [0, '0:00'],
    [7.9, '0:07'],
    [59, '0:59'],
    [60, '1:00'],
    [754, '12:34'],
    [3600, '1:00:00'],
    [3723, '1:02:03'],
    [90_000, '25:00:00'],
    [-3, '0:00'],
    [Number.NaN, '0:00'],
  ])('%s s is %s', (seconds, shown) => {
    expect(duration(seconds)).toBe(shown)
  })
})

describe('numbers and moments', () => {
  it('are shown, or a dash where there is nothing', () => {
    expect(percent(0.0312)).toBe('3.1%')
    expect(percent(null)).toBe('–')
    expect(count(12_345, 'en')).toBe('12,345')
    expect(moment(null, 'zh')).toBe('–')
    expect(moment('nonsense', 'en')).toBe('–')
    expect(moment('2026-11-22T10:00:00Z', 'en')).toMatch(/2026/)
  })

  it('that were typed are sent with their time zone', () => {
    expect(isoOfLocal('')).toBeUndefined()
    expect(isoOfLocal('2026-11-22T10:00')).toBe(new Date(2026, 10, 22, 10).toISOString())
  })
})

describe('the language', () => {
  it('is the first of the browser’s that we speak', () => {
    expect(preferred(['de-DE', 'zh-TW', 'en'])).toBe('zh')
    expect(preferred(['en-US', 'zh'])).toBe('en')
    expect(preferred(['fr'])).toBe('en')
  })
})
