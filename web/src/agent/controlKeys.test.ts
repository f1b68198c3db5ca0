import { describe, expect, it } from 'vitest'
import { controlOf } from './controlKeys'

const press = (key: string, more = {}) => ({
  key,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  shiftKey: false,
  isComposing: false,
  repeat: false,
  keyCode: 0,
  ...more,
})

describe('the keys of a call', () => {
  it('are letters, whatever their case', () => {
    expect(controlOf(press('m'), 'page')).toBe('mute')
    expect(controlOf(press('H'), 'button')).toBe('hold')
    expect(controlOf(press('w'), 'choice')).toBe('longer')
  })

  it('mean nothing where somebody types, with a modifier, or held down', () => {
    expect(controlOf(press('m'), 'field')).toBeUndefined()
    expect(controlOf(press('h'), 'lines')).toBeUndefined()
    for (const more of [
      { ctrlKey: true },
      { metaKey: true },
      { repeat: true },
      { isComposing: true },
      { keyCode: 229 },
    ]) {
      expect(controlOf(press('t', more), 'page')).toBeUndefined()
    }
    expect(controlOf(press('x'), 'page')).toBeUndefined()
  })
})
