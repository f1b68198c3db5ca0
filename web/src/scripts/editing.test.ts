import { describe, expect, it } from 'vitest'
import { nameIn, TEMPLATE, triedOn } from './editing'

describe('a script that is written', () => {
  it('is kept under the name that it gives itself', () => {
    expect(nameIn(TEMPLATE)).toBe('new-script')
    expect(nameIn('title: x\nscript: "offer-2" # ours\n')).toBe('offer-2')
    expect(nameIn('  script: inner\nscript: Not A Name')).toBeUndefined()
  })

  it('is tried on a customer with these attributes', () => {
    expect(triedOn('persona=warm\n plan = 5G=fast \n\nnothing\n=x')).toEqual({ persona: 'warm', plan: '5G=fast' })
  })
})
