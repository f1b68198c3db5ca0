/** The days that a report is of, as date inputs hold them, and as the service takes them. Pure. */

const DAY_MS = 86_400_000

/** A moment's local date, such as 2026-11-22. */
export function dateOf(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

/** The last days, today included. */
export function lastDays(count: number, now: Date): { from: string; to: string } {
  return { from: dateOf(new Date(now.getTime() - (count - 1) * DAY_MS)), to: dateOf(now) }
}

/** From midnight of the first day until midnight after the last, in UTC; undefined for what is no date. */
export function boundsOf(from: string, to: string): { since: string | undefined; until: string | undefined } {
  const first = midnight(from, 0)
  const after = midnight(to, 1)
  return { since: first?.toISOString(), until: after?.toISOString() }
}

/** Local midnight: a day of clock change is an hour longer or shorter than others. */
function midnight(date: string, later: number): Date | undefined {
  const [year, month, day] = date.split('-').map(Number)
  const at = new Date(year ?? Number.NaN, (month ?? Number.NaN) - 1, (day ?? Number.NaN) + later)
  return Number.isNaN(at.getTime()) ? undefined : at
}
