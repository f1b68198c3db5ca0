import { describe, expect, it } from 'vitest'
import type { WindowForm } from './plan'
import { filled, painted, weekOf, windowsOf } from './week'

const WORK: WindowForm = { days: ['MON', 'TUE'], opens: '09:00', closes: '12:00' }
const [MONDAY, TUESDAY, WEDNESDAY] = [0, 1, 2]
const NINE = 18

describe('the week', () => {
  it('comes back as the windows that it was made of', () => {
    const windows = [WORK, { days: ['SUN'], opens: '22:00', closes: '00:00' } satisfies WindowForm]
    expect(windowsOf(weekOf(windows))).toEqual(windows)
  })

  it('joins windows that touch or lie over each other', () => {
    const week = weekOf([WORK, { ...WORK, days: ['MON'], opens: '12:00', closes: '13:00' }])
    expect(windowsOf(week)).toEqual([
      { days: ['MON'], opens: '09:00', closes: '13:00' },
      { days: ['TUE'], opens: '09:00', closes: '12:00' },
    ])
  })

  it('opens and closes rectangles, from whichever corner', () => {
    const open = painted(weekOf([]), { day: WEDNESDAY, slot: NINE + 1 }, { day: MONDAY, slot: NINE }, true)
    expect(windowsOf(open)).toEqual([{ days: ['MON', 'TUE', 'WED'], opens: '09:00', closes: '10:00' }])
    const shut = painted(open, { day: TUESDAY, slot: NINE }, { day: TUESDAY, slot: NINE + 1 }, false)
    expect(windowsOf(shut)).toEqual([{ days: ['MON', 'WED'], opens: '09:00', closes: '10:00' }])
  })

  it('keeps odd times that are not painted over', () => {
    const odd = weekOf([{ days: ['MON'], opens: '09:10', closes: '11:50' }])
    expect([NINE, NINE + 1, NINE - 1].map((slot) => filled(odd, 'MON', slot))).toEqual(['some', 'all', 'none'])
    const cut = painted(odd, { day: MONDAY, slot: NINE + 2 }, { day: MONDAY, slot: NINE + 2 }, false)
    expect(windowsOf(cut)).toEqual([
      { days: ['MON'], opens: '09:10', closes: '10:00' },
      { days: ['MON'], opens: '10:30', closes: '11:50' },
    ])
  })

  it('takes no harm from windows that are not filled in yet', () => {
    const half = [{ days: ['MON'] }, undefined, { ...WORK, closes: '' }, { ...WORK, opens: '13:00' }]
    expect(windowsOf(weekOf(half as WindowForm[]))).toEqual([])
  })
})
