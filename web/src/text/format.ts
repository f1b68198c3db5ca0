/** Numbers and times as they are shown. */

import type { Language } from './language'

const LOCALE = { zh: 'zh-CN', en: 'en-GB' } as const

/** 7 → 0:07, 754 → 12:34, 3723 → 1:02:03; never below zero, for two clocks are never quite the same. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0))
  const two = (part: number) => String(part).padStart(2, '0')
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

/** 0.0312 → 3.1 %; a dash where there is nothing to tell. */
export function percent(share: number | null | undefined, digits = 1): string {
  return share === null || share === undefined || !Number.isFinite(share) ? '–' : `${(share * 100).toFixed(digits)}%`
}

/** A count with its thousands apart. */
export function count(value: number, language: Language): string {
  return value.toLocaleString(LOCALE[language])
}

/** A moment by the clock of whoever looks, to the second; a dash where there is none. */
export function moment(iso: string | null | undefined, language: Language): string {
  const at = iso ? new Date(iso) : null
  if (at === null || Number.isNaN(at.getTime())) return '–'
  return at.toLocaleString(LOCALE[language], {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
}

/** What an input of type datetime-local holds, as ISO 8601 in UTC; undefined where it holds nothing. */
export function isoOfLocal(value: string): string | undefined {
  const at = new Date(value)
  return value === '' || Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}
