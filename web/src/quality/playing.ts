/** What a key means to the player, and where a silence is left. Pure. */

import { type Press, whereIs } from '../agent/keys'

export type Order =
  | { kind: 'play' }
  | { kind: 'seek'; by_s: number }
  | { kind: 'speed'; by: 1 | -1 }
  | { kind: 'skip' }
  | { kind: 'note' }
  | { kind: 'next' }
  | { kind: 'previous' }

export const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2] as const
const SEEK_S = 5
/** So much of a silence is still heard at either end: a word does not begin without a breath. */
const MARGIN_S = 0.3
const TAKEN = 229

const ORDERS: Readonly<Record<string, Order>> = {
  ' ': { kind: 'play' },
  ArrowLeft: { kind: 'seek', by_s: -SEEK_S },
  ArrowRight: { kind: 'seek', by_s: SEEK_S },
  '+': { kind: 'speed', by: 1 },
  '=': { kind: 'speed', by: 1 },
  '-': { kind: 'speed', by: -1 },
  s: { kind: 'skip' },
  m: { kind: 'note' },
  j: { kind: 'next' },
  k: { kind: 'previous' },
}
/** What buttons, links and radios do by these keys themselves. */
const THEIR_OWN = new Set([' ', 'ArrowLeft', 'ArrowRight'])

/** What is meant by this key, pressed on this element; undefined where it is none of ours. */
export function orderOf(press: Press, target: EventTarget | null): Order | undefined {
  if (press.isComposing || press.keyCode === TAKEN || press.ctrlKey || press.altKey || press.metaKey) return undefined
  const where = whereIs(target)
  const radio = target instanceof HTMLInputElement && (target.type === 'radio' || target.type === 'checkbox')
  if ((where === 'field' && !radio) || where === 'lines') return undefined
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key
  if ((where !== 'page' || radio) && THEIR_OWN.has(key)) return undefined
  if (press.repeat && !key.startsWith('Arrow')) return undefined
  return ORDERS[key]
}

/** The speed that follows, or the same at the end of them. */
export function nextSpeed(speed: number, by: 1 | -1): number {
  const at = SPEEDS.indexOf(speed as (typeof SPEEDS)[number])
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + by))] ?? 1
}

/** Where to go on from here if silences are skipped; undefined where nothing is to be skipped. */
export function behindSilence(at_s: number, silences: readonly (readonly [number, number])[]): number | undefined {
  for (const [from, to] of silences) {
    const end = to - MARGIN_S
    if (at_s >= from + MARGIN_S && at_s < end - MARGIN_S) return end
  }
  return undefined
}
