/** The windows of a plan as a week of half hours, and back, exactly: odd times outlive what is painted. Pure. */

import { DAY_KINDS, type DayKind, type WindowForm } from './plan'

export const SLOT_MIN = 30
export const SLOTS = (24 * 60) / SLOT_MIN
const DAY_MIN = 24 * 60

/** From and until, in minutes since midnight. */
type Span = readonly [from: number, until: number]
/** The spans of each day, in order, none touching another. */
export type Week = Readonly<Record<DayKind, readonly Span[]>>

/** How much of a half hour is open. */
export type Filled = 'none' | 'some' | 'all'

/** The spans of these windows; one that is not filled in yet, or is none, has no part in it. */
export function weekOf(windows: readonly WindowForm[]): Week {
  const spans = Object.fromEntries(DAY_KINDS.map((day) => [day, [] as Span[]])) as Record<DayKind, Span[]>
  for (const window of windows) {
    const from = minutes(window?.opens)
    const until = minutes(window?.closes) || DAY_MIN // 00:00 is the end of the day
    if (from === undefined || window.closes === undefined || minutes(window.closes) === undefined || from >= until)
      continue
    for (const day of window.days ?? []) spans[day]?.push([from, until])
  }
  for (const day of DAY_KINDS) spans[day] = joined(spans[day])
  return spans
}

/** The windows of such a week, days of the same hours together. */
export function windowsOf(week: Week): WindowForm[] {
  const days = new Map<string, DayKind[]>()
  for (const day of DAY_KINDS) {
    for (const [from, until] of week[day]) {
      const hours = `${clock(from)} ${clock(until)}`
      days.set(hours, [...(days.get(hours) ?? []), day])
    }
  }
  return [...days].map(([hours, of]) => {
    const [opens = '', closes = ''] = hours.split(' ')
    return { days: of, opens, closes }
  })
}

/** How much of this half hour is open. */
export function filled(week: Week, day: DayKind, slot: number): Filled {
  const [from, until] = [slot * SLOT_MIN, (slot + 1) * SLOT_MIN]
  if (week[day].some((span) => span[0] <= from && until <= span[1])) return 'all'
  return week[day].some((span) => span[0] < until && from < span[1]) ? 'some' : 'none'
}

/** A corner of what is painted: the places of the day and of the half hour. */
export interface Corner {
  day: number
  slot: number
}

/** The week with the rectangle between two corners open, or closed. */
export function painted(week: Week, one: Corner, other: Corner, open: boolean): Week {
  const [firstDay, lastDay] = [Math.min(one.day, other.day), Math.max(one.day, other.day)]
  const from = Math.min(one.slot, other.slot) * SLOT_MIN
  const until = (Math.max(one.slot, other.slot) + 1) * SLOT_MIN
  const after = { ...week } as Record<DayKind, readonly Span[]>
  for (const day of DAY_KINDS.slice(firstDay, lastDay + 1)) {
    const apart = week[day].flatMap(([begins, ends]): Span[] => [
      [begins, Math.min(ends, from)],
      [Math.max(begins, until), ends],
    ])
    const kept = apart.filter(([begins, ends]) => begins < ends)
    after[day] = joined(open ? [...kept, [from, until]] : kept)
  }
  return after
}

function joined(spans: readonly Span[]): Span[] {
  const inOrder = [...spans].sort((a, b) => a[0] - b[0])
  const found: Span[] = []
  for (const [from, until] of inOrder) {
    const last = found.at(-1)
    if (last !== undefined && from <= last[1]) found[found.length - 1] = [last[0], Math.max(last[1], until)]
    else found.push([from, until])
  }
  return found
}

/** 09:30 → 570; undefined for what is no time. */
export function minutes(time: string | undefined): number | undefined {
  const [, hour, minute] = /^(\d\d):(\d\d)(?::\d\d)?$/.exec(time ?? '') ?? []
  if (hour === undefined || minute === undefined) return undefined
  return Number(hour) * 60 + Number(minute)
}

/** 570 → 09:30; the end of the day is 00:00. */
export function clock(at: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor(at / 60) % 24)}:${two(at % 60)}`
}
