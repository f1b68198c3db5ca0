import { describe, expect, it } from 'vitest'
import { loudness } from './level'

const tone = (peak: number) => Array.from({ length: 1024 }, (_, index) => peak * Math.sin(index / 3))

describe('a level', () => {
  it('is nothing for silence, and all for the loudest there is', () => {
    expect(loudness([])).toBe(0)
    expect(loudness(new Float32Array(1024))).toBe(0)
    expect(loudness(new Array(1024).fill(1))).toBe(1)
    expect(loudness(tone(4))).toBe(1)
  })

  it('grows as ears hear it: each tenth of the sound is as far down as the one before', () => {
    const [loud, medium, quiet] = [1, 0.1, 0.01].map((peak) => loudness(tone(peak))) as [number, number, number]
    expect(loud - medium).toBeCloseTo(1 / 3, 5)
    expect(medium - quiet).toBeCloseTo(1 / 3, 5)
  })
})
