/**
 * What a key means while a script is walked. Always with Alt: plain numbers choose the disposition, in any moment of the
 * talk, and what is typed into a field stays text. So no key has two meanings, and none waits for a mode.
 */

export interface ScriptPress {
  code: string
  altKey: boolean
  ctrlKey: boolean
  metaKey: boolean
  shiftKey: boolean
  isComposing: boolean
  repeat: boolean
}

export type ScriptMeaning = { kind: 'choose'; key: string } | { kind: 'on' } | { kind: 'back' }

/** By the place of the key, not its letter: on a Mac, Alt makes other characters of the numbers. */
export function scriptMeaningOf(press: ScriptPress): ScriptMeaning | undefined {
  // Ctrl and Alt together are AltGr, with which people write.
  if (!press.altKey || press.ctrlKey || press.metaKey || press.shiftKey) return undefined
  if (press.isComposing || press.repeat) return undefined
  if (press.code === 'Enter' || press.code === 'NumpadEnter') return { kind: 'on' }
  const digit = /^Digit([0-9])$/.exec(press.code)?.[1]
  if (digit === undefined) return undefined
  return digit === '0' ? { kind: 'back' } : { kind: 'choose', key: digit }
}
