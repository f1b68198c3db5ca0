import { describe, expect, it } from 'vitest'
import { dictionary, type TextKey, translator } from './dictionary'
import type { Entry } from './language'

const gaps = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort()

describe('the dictionary', () => {
  it.each(Object.keys(dictionary) as TextKey[])('has %s in both languages, with the same gaps', (key) => {
    const { zh, en }: Entry = dictionary[key]
    expect(zh.trim()).not.toBe('')
    expect(en.trim()).not.toBe('')
    expect(gaps(zh)).toEqual(gaps(en))
  })

  it('has Chinese in the Chinese texts, and none in the English ones', () => {
    const han = /\p{Script=Han}/u
    for (const [key, { zh, en }] of Object.entries<Entry>(dictionary)) {
      expect(han.test(en), key).toBe(false)
      // A text that is all gaps and signs is the same in both.
      if (zh !== en) expect(han.test(zh) || gaps(zh).length > 0, key).toBe(true)
    }
  })

  it('defines no key in two of its files', async () => {
    const parts = await Promise.all([
      import('./words').then((part) => part.words),
      import('./common').then((part) => part.common),
      import('./floor').then((part) => part.floor),
      import('./campaigns').then((part) => part.campaigns),
      import('./agent').then((part) => part.agent),
      import('./people').then((part) => part.people),
      import('./quality').then((part) => part.quality),
      import('./script').then((part) => part.script),
      import('./hooks').then((part) => part.hooks),
      import('./reports').then((part) => part.reports),
      import('./waiting').then((part) => part.waiting),
      import('./week').then((part) => part.week),
    ])
    const keys = parts.flatMap((part) => Object.keys(part))
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('fills the gaps, and leaves braces in what it is given alone', () => {
    const t = translator('en')
    expect(t('campaign.stop.title', { name: '{count}' })).toBe('Stop {count}?')
    expect(translator('zh')('agent.READY')).toBe('空闲')
  })
})
