import { describe, expect, it } from 'vitest'
import { meaningOf } from '../agent/keys'
import { type ScriptPress, scriptMeaningOf } from './keys'

const press = (code: string, more: Partial<ScriptPress> = {}): ScriptPress => ({
  code,
  altKey: true,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  isComposing: false,
  repeat: false,
  ...more,
})

describe('the keys of a script', () => {
  it('are those with Alt alone', () => {
    expect(scriptMeaningOf(press('Digit3'))).toEqual({ kind: 'choose', key: '3' })
    expect(scriptMeaningOf(press('Digit0'))).toEqual({ kind: 'back' })
    expect(scriptMeaningOf(press('Enter'))).toEqual({ kind: 'on' })
    for (const more of [
      { altKey: false },
      { ctrlKey: true },
      { metaKey: true },
      { shiftKey: true },
      { repeat: true },
    ]) {
      expect(scriptMeaningOf(press('Digit3', more))).toBeUndefined()
    }
    expect(scriptMeaningOf(press('KeyA'))).toBeUndefined()
  })

  it('never mean anything to the form that records the talk', () => {
    for (const key of ['1', '2', '9', 'Enter', 'Escape']) {
      const both = { ...press('Digit1'), key, keyCode: 0 }
      expect(meaningOf(both, 'page')).toBeUndefined()
    }
  })
})
