import { describe, expect, it } from 'vitest'
import { DISPOSITIONS } from '../api/payloads'
import { meaningOf, type Press, whereIs } from './keys'

const press = (key: string, more: Partial<Press> = {}): Press => ({
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

describe('keys', () => {
  it('choose the disposition that stands at the number', () => {
    DISPOSITIONS.forEach((disposition, index) => {
      expect(meaningOf(press(String(index + 1)), 'page')).toEqual({ kind: 'choose', disposition })
    })
    expect(meaningOf(press('2'), 'choice')).toEqual({ kind: 'choose', disposition: 'REFUSED' })
    expect(meaningOf(press('2'), 'button')).toEqual({ kind: 'choose', disposition: 'REFUSED' })
  })

  it('choose nothing beyond the last one, and nothing at zero', () => {
    for (const key of ['0', '8', '9', 'F1', 'a', ' ']) expect(meaningOf(press(key), 'page')).toBeUndefined()
  })

  it('are text where somebody types', () => {
    for (const where of ['field', 'lines'] as const) {
      expect(meaningOf(press('1'), where)).toBeUndefined()
      expect(meaningOf(press('Escape'), where)).toEqual({ kind: 'leave' })
    }
  })

  it('save with Enter, but not where Enter has another meaning', () => {
    for (const where of ['page', 'field', 'lines', 'choice'] as const) {
      expect(meaningOf(press('Enter'), where)).toEqual({ kind: 'save' })
    }
    expect(meaningOf(press('Enter'), 'button')).toBeUndefined()
    expect(meaningOf(press('Enter', { shiftKey: true }), 'lines')).toBeUndefined()
    expect(meaningOf(press('Enter', { repeat: true }), 'page')).toBeUndefined()
  })

  it('belong to the input method while it composes, and to the browser with Ctrl, Alt or Meta', () => {
    expect(meaningOf(press('Enter', { isComposing: true }), 'lines')).toBeUndefined()
    expect(meaningOf(press('1', { keyCode: 229 }), 'page')).toBeUndefined()
    for (const held of ['ctrlKey', 'altKey', 'metaKey'] as const) {
      expect(meaningOf(press('1', { [held]: true }), 'page')).toBeUndefined()
    }
  })

  it('are told apart by where they were pressed', () => {
    document.body.innerHTML =
      '<button data-choice><kbd>1</kbd></button><textarea></textarea><input /><button id="b"></button><p></p>'
    const at = (selector: string) => whereIs(document.querySelector(selector))
    expect([at('kbd'), at('textarea'), at('input'), at('#b'), at('p'), whereIs(null)]).toEqual([
      'choice',
      'lines',
      'field',
      'button',
      'page',
      'page',
    ])
  })
})
