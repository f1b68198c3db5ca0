import { describe, expect, it } from 'vitest'
import { translator } from './dictionary'
import { reasonOf } from './reasons'

describe('the reason on an agent’s card', () => {
  it('is told in the reader’s language where it is known, else as it was written', () => {
    const t = translator('zh')
    expect(reasonOf('meal', t)).toBe('用餐')
    expect(reasonOf('the telephone vanished', t)).toBe('话机失去连接')
    expect(reasonOf('fetching a parcel', t)).toBe('fetching a parcel')
  })
})
