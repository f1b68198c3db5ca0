/** What a letter means for the call in hand; pure, like keys.ts, and silent wherever somebody types. */

import type { Press, Where } from './keys'

export type Control = 'mute' | 'hold' | 'keypad' | 'transfer' | 'longer'

/** The letters, as they stand on the buttons. */
export const LETTERS: Readonly<Record<Control, string>> = {
  mute: 'M',
  hold: 'H',
  keypad: 'K',
  transfer: 'T',
  longer: 'W',
}

const BY_LETTER = new Map(Object.entries(LETTERS).map(([control, letter]) => [letter, control as Control]))
/** A key that an input method has taken, as old browsers tell it. */
const TAKEN = 229

/** What is meant by this key; undefined where it is none of these. */
export function controlOf(press: Press, where: Where): Control | undefined {
  if (press.isComposing || press.keyCode === TAKEN || press.repeat) return undefined
  if (press.ctrlKey || press.altKey || press.metaKey) return undefined
  return where === 'field' || where === 'lines' ? undefined : BY_LETTER.get(press.key.toUpperCase())
}
