import { afterEach, describe, expect, it } from 'vitest'
import type { Press } from '../agent/keys'
import { behindSilence, nextSpeed, orderOf } from './playing'

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

function element(html: string): Element {
  document.body.innerHTML = html
  const found = document.body.firstElementChild
  if (found === null) throw new Error('nothing was made')
  return found
}

afterEach(() => {
  document.body.innerHTML = ''
})

describe('the player by keys', () => {
  it('plays, seeks, hastens and goes on', () => {
    const kinds = [' ', 'ArrowRight', '+', 'S', 'm', 'j', 'k'].map((key) => orderOf(press(key), document.body)?.kind)
    expect(kinds).toEqual(['play', 'seek', 'speed', 'skip', 'note', 'next', 'previous'])
  })

  it('never takes a key from whoever writes', () => {
    for (const html of ['<textarea></textarea>', '<input>', '<input type="number">']) {
      for (const key of [' ', 'j', 's', 'ArrowLeft']) expect(orderOf(press(key), element(html))).toBeUndefined()
    }
    expect(orderOf(press('j', { isComposing: true }), document.body)).toBeUndefined()
    expect(orderOf(press('j', { ctrlKey: true }), document.body)).toBeUndefined()
  })

  it('leaves a button and a radio the keys that are their own', () => {
    for (const html of ['<button>x</button>', '<input type="radio">']) {
      expect(orderOf(press(' '), element(html))).toBeUndefined()
      expect(orderOf(press('ArrowRight'), element(html))).toBeUndefined()
      expect(orderOf(press('m'), element(html))?.kind).toBe('note')
    }
  })
})

describe('silence', () => {
  it('is left for what is said next, and only in its middle', () => {
    const silences = [
      [2, 6],
      [9, 9.8],
    ] as const
    expect([1, 2.1, 2.5, 5.6, 9.4].map((at) => behindSilence(at, silences))).toEqual([
      undefined,
      undefined,
      5.7,
      undefined,
      undefined,
    ])
  })

  it('knows the speeds and their ends', () => {
    expect([nextSpeed(1, 1), nextSpeed(1, -1), nextSpeed(2, 1), nextSpeed(0.75, -1)]).toEqual([1.25, 0.75, 2, 0.75])
  })
})
