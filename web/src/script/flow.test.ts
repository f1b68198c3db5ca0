import { describe, expect, it } from 'vitest'
import {
  backTo,
  begin,
  endingOf,
  type Field,
  type Flow,
  faultOf,
  type Step,
  sentOf,
  spoken,
  take,
  walkFrom,
  withoutZone,
  withZone,
} from './flow'

const STEP: Step = {
  title: { en: 'T' },
  say: { en: 'S' },
  features: [],
  objections: [],
  choices: [],
  fields: [],
  next: null,
  end: null,
}
const field = (name: string, kind: Field['kind'], more: Partial<Field> = {}): Field => ({
  name,
  kind,
  label: { en: name },
  required: true,
  options: [],
  ...more,
})
const FLOW: Flow = {
  name: 'booking',
  version: 2,
  title: { en: 'Booking' },
  languages: ['en'],
  language: 'en',
  start: 'identity',
  reasons: [
    { code: 'A', text: { en: 'Not changing' }, asks: null },
    { code: 'G', text: { en: 'Other' }, asks: { en: 'What is it?' } },
  ],
  features: [],
  objections: [],
  steps: {
    identity: {
      ...STEP,
      choices: [
        { key: '1', label: { en: 'Yes' }, next: 'book' },
        { key: '2', label: { en: 'No' }, next: 'refused' },
      ],
    },
    book: { ...STEP, fields: [field('at', 'DATETIME'), field('place', 'TEXT')], next: 'agreed' },
    agreed: { ...STEP, end: { disposition: 'AGREED', reason: null } },
    refused: { ...STEP, end: { disposition: 'REFUSED', reason: 'ask' } },
  },
}

describe('a walk through a script', () => {
  it('goes on by choices and by next, and back to where it was', () => {
    const booking = take(FLOW, begin(FLOW), '1')
    expect(booking.path).toEqual([
      { step: 'identity', key: '1' },
      { step: 'book', key: null },
    ])
    const agreed = take(FLOW, booking, null)
    expect(endingOf(FLOW, agreed)).toMatchObject({ disposition: 'AGREED', ready: true })
    expect(backTo({ ...agreed, answers: { at: 'x' } }, 0)).toMatchObject({
      path: [{ step: 'identity', key: null }],
      answers: { at: 'x' },
    })
  })

  it('stays where there is no such way', () => {
    const first = begin(FLOW)
    expect(take(FLOW, first, '9')).toBe(first)
    expect(take(FLOW, first, null)).toBe(first)
    expect(backTo(first, 0)).toBe(first)
    expect(backTo(first, -1)).toBe(first)
  })

  it('ends by a reason only once it has its code and its words', () => {
    const refused = take(FLOW, begin(FLOW), '2')
    expect(endingOf(FLOW, refused)?.ready).toBe(false)
    expect(endingOf(FLOW, { ...refused, reason: 'A' })?.ready).toBe(true)
    expect(endingOf(FLOW, { ...refused, reason: 'G' })?.ready).toBe(false)
    expect(endingOf(FLOW, { ...refused, reason: 'G', reasonText: 'moves' })).toMatchObject({ reason: 'G', ready: true })
  })

  it('is kept and found again, moments with their time zone', () => {
    const walk = { ...take(FLOW, begin(FLOW), '1'), answers: { at: '2026-11-24T10:00', place: '<b>shop' } }
    const sent = sentOf(FLOW, 'a1', walk)
    expect(sent.answers.at).toMatch(/^2026-11-24T10:00:00[+-]\d\d:\d\d$/)
    expect(walkFrom(FLOW, sent)).toEqual(walk)
    expect(walkFrom({ ...FLOW, version: 3 }, sent)).toBeUndefined()
  })
})

describe('what is said', () => {
  it('has the answers in it, as text', () => {
    const walk = { ...begin(FLOW), answers: { at: '2026-11-24T10:00', place: '{x}<b>' } }
    const words = ['At ', { answer: 'at', otherwise: '…' }, ', ', { answer: 'place', otherwise: '…' }]
    expect(spoken(words, FLOW, walk, 'en')).toBe('At 2026-11-24 10:00, {x}<b>')
    expect(spoken(words, FLOW, begin(FLOW), 'en')).toBe('At …, …')
  })
})

describe('an answer', () => {
  it.each([
    ['TEXT', '', 'script.fault.needed'],
    ['TEXT', '<b>', undefined],
    ['DATE', '2026-11-24', undefined],
    ['DATE', 'soon', 'script.fault.date'],
    ['TIME', '15:30', undefined],
    ['TIME', '3pm', 'script.fault.time'],
    ['DATETIME', '2026-11-24T10:00', undefined],
    ['DATETIME', 'x', 'script.fault.date'],
    ['NUMBER', '-4.5', undefined],
    ['NUMBER', '1e3', 'script.fault.number'],
    ['PHONE', '+86 138 0000 0001', undefined],
    ['PHONE', '110', 'script.fault.phone'],
    ['CHOICE', 'z', 'script.fault.choice'],
  ] as const)('of kind %s that is %j is judged', (kind, value, fault) => {
    expect(faultOf(field('f', kind), value)).toBe(fault)
  })

  it('need not be there where it is not required', () => {
    expect(faultOf(field('f', 'DATE', { required: false }), ' ')).toBeUndefined()
  })
})

describe('a moment', () => {
  it('is the same after it was sent and came back', () => {
    for (const local of ['2026-01-31T23:59', '2026-07-01T00:00']) expect(withoutZone(withZone(local))).toBe(local)
  })

  it('that is half typed stays as it is', () => {
    expect([withZone(''), withZone('2026-'), withoutZone('x')]).toEqual(['', '2026-', 'x'])
  })
})
