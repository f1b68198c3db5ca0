import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Look, language } from '../look/look'
import { MyDay } from './MyDay'

const DAY = { talks: 1, talk_s: 75, agreed: 1, rank: 2, of: 8 }
let answers: (typeof DAY | undefined)[]

const shown = (saved: number, free = true) => (
  <Look>
    <MyDay agentId="101" saved={saved} free={free} />
  </Look>
)

beforeEach(() => {
  language.set('en')
  vi.stubGlobal('fetch', async () => {
    const day = answers.shift()
    return new Response(JSON.stringify(day ?? {}), { status: day ? 200 : 503 })
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('my day', () => {
  it('is asked for anew when there is something to tell, and by nothing else', async () => {
    answers = [DAY, { ...DAY, talks: 2, rank: 1 }]
    const { rerender } = render(shown(0))
    expect(await screen.findByText('2 of 8')).toBeTruthy()
    expect(screen.getByText('1:15')).toBeTruthy()
    rerender(shown(0))
    expect(answers).toHaveLength(1)
    rerender(shown(1))
    expect(await screen.findByText('1 of 8')).toBeTruthy()
    expect(answers).toHaveLength(0)
  })

  it('stays as it was where it cannot be told', async () => {
    answers = [DAY, undefined]
    const { rerender } = render(shown(0))
    await screen.findByText('2 of 8')
    rerender(shown(1))
    await vi.waitFor(() => expect(answers).toHaveLength(0))
    expect(screen.getByText('2 of 8')).toBeTruthy()
  })
})
