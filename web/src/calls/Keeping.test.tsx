import { describe, expect, it } from 'vitest'
import { evidenceAddress } from '../api/client'
import type { AttemptDetails, KeptRecording, LegalHold } from '../api/payloads'
import { translator } from '../text/dictionary'
import { moment } from '../text/format'
import { keepingOf } from './Keeping'

const t = translator('en')
const AT = '2026-12-20T02:30:00Z'
const STORED: KeptRecording = { state: 'STORED', duration_s: 2, detail: null, keep_until: null, deleted_at: null }
const HOLD: LegalHold = { at: AT, who: 'user:ada', reason: 'case 17' }

function told(recording: KeptRecording | null, hold: LegalHold | null = null): Record<string, string> {
  const details: AttemptDetails = { timeline: [], hung_up_by: null, detail: null, recording, hold }
  return Object.fromEntries(keepingOf(details, t, 'en').map((one) => [one.key, one.value]))
}

describe('how long a recording is kept', () => {
  it('is told with its day, or that no end is set', () => {
    expect(told(STORED)).toEqual({ until: 'no end is set' })
    expect(told({ ...STORED, keep_until: AT })).toEqual({ until: moment(AT, 'en') })
  })
  it('is as long as a hold lasts, whatever its day', () => {
    const { until, held } = told({ ...STORED, keep_until: AT }, HOLD)
    expect(until).toBe('for as long as the legal hold lasts')
    expect(held).toContain('case 17 (user:ada, ')
  })
  it('says when and why it was deleted, or why it never was there', () => {
    const deleted = told({ ...STORED, state: 'DELETED', deleted_at: AT, detail: 'kept for 30 days' })
    expect(deleted).toEqual({ deleted: `${moment(AT, 'en')} (kept for 30 days)` })
    expect(told({ ...STORED, state: 'MISSING', detail: 'the disk was full' })).toEqual({ missing: 'the disk was full' })
    expect(told(null)).toEqual({})
  })
})

describe('the address of evidence', () => {
  it('asks for the number in full only if told to, and lets no id lead elsewhere', () => {
    expect(evidenceAddress('a1', false)).toBe('/api/attempts/a1/evidence')
    expect(evidenceAddress('../a?', true)).toBe('/api/attempts/..%2Fa%3F/evidence?full_number=true')
  })
})
