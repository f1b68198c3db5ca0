/** What a key means on the agent's page; pure, so that no hand that types a note ever records something by it. */

import { DISPOSITIONS, type Disposition } from '../api/payloads'

/** Where the key was pressed: on the page, in a field, in one of several lines, on a button, on a disposition. */
export type Where = 'page' | 'field' | 'lines' | 'button' | 'choice'

export interface Press {
  key: string
  ctrlKey: boolean
  altKey: boolean
  metaKey: boolean
  shiftKey: boolean
  isComposing: boolean
  repeat: boolean
  keyCode: number
}

export type Meaning = { kind: 'choose'; disposition: Disposition } | { kind: 'save' } | { kind: 'leave' }

/** A key that an input method has taken, as old browsers tell it. */
const TAKEN = 229

/** What is meant by this key; undefined where it is none of ours. */
export function meaningOf(press: Press, where: Where): Meaning | undefined {
  if (press.isComposing || press.keyCode === TAKEN || press.repeat) return undefined
  if (press.ctrlKey || press.altKey || press.metaKey) return undefined
  const typing = where === 'field' || where === 'lines'
  if (press.key === 'Escape') return typing ? { kind: 'leave' } : undefined
  if (press.key === 'Enter') {
    const itsOwn = where === 'button' || (where === 'lines' && press.shiftKey)
    return itsOwn ? undefined : { kind: 'save' }
  }
  if (typing || !/^[1-9]$/.test(press.key)) return undefined
  const disposition = DISPOSITIONS[Number(press.key) - 1]
  return disposition ? { kind: 'choose', disposition } : undefined
}

/** Where an event of the keyboard came from. */
export function whereIs(target: EventTarget | null): Where {
  if (!(target instanceof Element)) return 'page'
  if (target.closest('[data-choice]')) return 'choice'
  if (target.closest('textarea')) return 'lines'
  if (target.closest('input, select, [contenteditable="true"]')) return 'field'
  return target.closest('button, a, audio, [role="button"], [role="radio"]') ? 'button' : 'page'
}
