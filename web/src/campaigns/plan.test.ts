import { describe, expect, it } from 'vitest'
import { marksOf, NEW_PLAN, type PlanForm, planOf, problemsIn } from './plan'

const FORM: PlanForm = { ...NEW_PLAN, name: ' 冬季 ', trunk: 'carrier', caller_id: '+862155550000 ' }

describe('a plan', () => {
  it('is what was filled in, with the further keys beside it', () => {
    const made = planOf({ ...FORM, mode: 'RATIO', more: '{"pacing": {"ratio": 1.8}, "caps": {"per_number": 2}}' })
    expect(made).toEqual({
      plan: {
        name: '冬季',
        trunk: 'carrier',
        caller_id: '+862155550000',
        script: '',
        windows: NEW_PLAN.windows,
        ring_timeout_s: 25,
        wrap_up_s: 30,
        caps: { per_number: 2 },
        pacing: { mode: 'RATIO', ratio: 1.8 },
      },
    })
  })

  it('is not made of what is no JSON, no object, or said twice', () => {
    const fault = (more: string) => planOf({ ...FORM, more })
    expect(fault('{"caps": ')).toMatchObject({ fault: { kind: 'notJson' } })
    for (const more of ['[]', '1', 'null', '"x"']) expect(fault(more)).toEqual({ fault: { kind: 'notObject' } })
    expect(fault('{"trunk": "other"}')).toEqual({ fault: { kind: 'twice', key: 'trunk' } })
    expect(fault('{"pacing": {"mode": "RATIO"}}')).toEqual({ fault: { kind: 'twice', key: 'pacing.mode' } })
  })

  it('leaves to the service what is for it to judge', () => {
    expect(planOf({ ...FORM, more: '{"mood": 1, "pacing": 3, "toString": 4}' })).toMatchObject({
      plan: { mood: 1, pacing: 3, toString: 4 },
    })
  })
})

describe('what the service says of a plan', () => {
  it('is taken apart by its keys, each to its field', () => {
    const told = 'windows.1.closes: Input should be a time; ring_timeout_s: too small; caps.per_days: at most 31'
    expect(problemsIn(told)).toEqual([
      { field: ['windows', 1, 'closes'], words: 'Input should be a time' },
      { field: ['ring_timeout_s'], words: 'too small' },
      { field: ['more'], words: 'caps.per_days: at most 31' },
    ])
  })

  it('keeps a semicolon in the words, and finds the key that the words themselves name', () => {
    expect(problemsIn('windows.0: Value error, a window needs a day; or none at all')).toEqual([
      { field: ['windows', 0, 'opens'], words: 'a window needs a day; or none at all' },
    ])
    expect(problemsIn(': Value error, pacing.mode: AGENTLESS and agentless_flow go together')).toEqual([
      { field: ['mode'], words: 'AGENTLESS and agentless_flow go together' },
    ])
  })

  it('loses nothing where one field has two faults', () => {
    expect(marksOf(problemsIn('caps.per_days: too many; mood: no such key; name: too long'))).toEqual({
      marks: [
        { name: ['more'], errors: ['caps.per_days: too many', 'mood: no such key'] },
        { name: ['name'], errors: ['too long'] },
      ],
      others: [],
    })
    expect(marksOf(problemsIn('windows: never open'))).toEqual({ marks: [], others: ['never open'] })
  })

  it('stands by itself where it names no field', () => {
    expect(problemsIn('there is already a campaign named C')).toEqual([
      { field: undefined, words: 'there is already a campaign named C' },
    ])
    expect(problemsIn('windows: never open: dates leave no time')).toEqual([
      { field: undefined, words: 'never open: dates leave no time' },
    ])
  })
})
