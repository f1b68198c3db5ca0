import { describe, expect, it } from 'vitest'
import { bodyOf, dropDraft, keepDraft, NO_DRAFT, problemOf, readDraft } from './draft'

const NOW_MS = Date.parse('2026-11-23T02:00:00Z')

describe('a draft', () => {
  it('is there again after a reload, for its own attempt alone', () => {
    const draft = { ...NO_DRAFT, disposition: 'REFUSED' as const, note: '太贵' }
    keepDraft('a1', draft)
    expect(readDraft('a1')).toEqual(draft)
    expect(readDraft('a2')).toEqual(NO_DRAFT)
    dropDraft('a1')
    expect(readDraft('a1')).toEqual(NO_DRAFT)
  })

  it('cannot be saved without a disposition, nor a call-back without a time ahead', () => {
    expect(problemOf(NO_DRAFT, NOW_MS)).toBe('record.choose')
    const callBack = { ...NO_DRAFT, disposition: 'CALL_BACK' as const }
    expect(problemOf(callBack, NOW_MS)).toBe('record.needsTime')
    expect(problemOf({ ...callBack, callBackAt: '2020-01-01T09:00' }, NOW_MS)).toBe('record.past')
    expect(problemOf({ ...callBack, callBackAt: '2036-01-01T09:00' }, NOW_MS)).toBeUndefined()
  })

  it('sends the time of a call-back with its time zone, and none with any other disposition', () => {
    const typed = { ...NO_DRAFT, callBackAt: '2036-01-01T09:00', note: ' later ', reason: ' ' }
    expect(bodyOf({ ...typed, disposition: 'CALL_BACK' }, 'a1')).toEqual({
      disposition: 'CALL_BACK',
      attempt_id: 'a1',
      note: 'later',
      call_back_at: new Date('2036-01-01T09:00').toISOString(),
    })
    expect(bodyOf({ ...typed, disposition: 'AGREED' }, 'a1')).not.toHaveProperty('call_back_at')
  })
})
