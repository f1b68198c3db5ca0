import { describe, expect, it } from 'vitest'
import { answerOf, scoreOf } from './score'
import type { Card, Question } from './types'

const question = (id: string, more: Partial<Question> = {}): Question => ({
  id,
  text: id,
  help: '',
  weight: 1,
  points: null,
  instant_fail: false,
  ...more,
})
const CARD: Card = {
  name: 'Sales',
  groups: [
    { name: 'Opening', questions: [question('greets'), question('name')] },
    {
      name: 'Law',
      questions: [question('honest', { weight: 2, instant_fail: true }), question('tone', { weight: 4, points: 5 })],
    },
  ],
}

describe('the score', () => {
  it('is the one that the service reckons', () => {
    // The same figures as in tests/core/test_scorecard.py.
    const answers = { greets: 'NO', name: 'YES', honest: 'YES', tone: 2.5 } as const
    expect(scoreOf(CARD, answers)).toEqual({ total: 62.5, failed: false, open: 0 })
    expect(scoreOf(CARD, { greets: 'YES' })).toEqual({ total: 100, failed: false, open: 3 })
    expect(scoreOf(CARD, { ...answers, honest: 'NO' })).toEqual({ total: 0, failed: true, open: 0 })
    expect(scoreOf(CARD, { greets: 'NA' })).toEqual({ total: null, failed: false, open: 3 })
  })

  it('is answered by keys, points only as far as they go', () => {
    const points = question('tone', { points: 5 })
    expect(['y', 'N', 'x', '1', 's'].map((key) => answerOf(question('q'), key))).toEqual([
      'YES',
      'NO',
      'NA',
      undefined,
      undefined,
    ])
    expect(['0', '5', '6', 'y', 'X'].map((key) => answerOf(points, key))).toEqual([0, 5, undefined, undefined, 'NA'])
  })
})
