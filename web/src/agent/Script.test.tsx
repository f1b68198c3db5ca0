import { cleanup, configure, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { useState } from 'react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Look, language } from '../look/look'
import type { Flow, KeptWalk, Step } from '../script/flow'
import type { Told } from './draft'
import { RecordForm } from './RecordForm'
import { Script } from './Script'

const EVIL = '<img src=x onerror=alert(1)>'
const STEP: Step = {
  title: { en: 'Step' },
  say: { en: 'Say' },
  features: [],
  objections: [],
  choices: [],
  fields: [],
  next: null,
  end: null,
}
const FLOW: Flow = {
  name: 'booking',
  version: 1,
  title: { en: 'Booking' },
  languages: ['en'],
  language: 'en',
  start: 'identity',
  reasons: [
    { code: 'A', text: { en: 'Not changing' }, asks: null },
    { code: 'G', text: { en: 'Other' }, asks: { en: 'What is it?' } },
  ],
  features: [],
  objections: ['price', 'fraud', 'later'].map((one) => ({ question: { en: `${one}?` }, answer: { en: `no ${one}` } })),
  steps: {
    identity: {
      ...STEP,
      title: { en: 'Identity' },
      say: { en: `Is this ${EVIL}?` },
      choices: [
        { key: '1', label: { en: 'Yes' }, next: 'book' },
        { key: '2', label: { en: 'No' }, next: 'refused' },
      ],
    },
    book: {
      ...STEP,
      title: { en: 'Booking' },
      fields: [{ name: 'place', kind: 'TEXT', label: { en: 'Place' }, required: true, options: [] }],
      next: 'agreed',
    },
    agreed: {
      ...STEP,
      say: { en: ['At ', { answer: 'place', otherwise: '…' }] },
      end: { disposition: 'AGREED', reason: null },
    },
    refused: { ...STEP, end: { disposition: 'REFUSED', reason: 'ask' } },
  },
}
const TALK = {
  screen: { attempt_id: 'a1', campaign: 'C', lead_id: 1, name: 'Li', number: '1', attributes: {}, script: '' },
  saved: null,
}

// The walk is gathered before it is sent: on a busy machine that takes longer than the second that is waited for.
configure({ asyncUtilTimeout: 4000 })

let sent: { path: string; body: KeptWalk }[]
let kept: KeptWalk | null
let refusal: string | undefined

beforeEach(() => {
  sent = []
  kept = null
  refusal = undefined
  vi.stubGlobal('fetch', async (path: string, { method, body }: { method: string; body: string | null }) => {
    if (method === 'GET') return new Response(JSON.stringify({ walk: kept, flow: kept && FLOW }))
    sent.push({ path, body: JSON.parse(body ?? 'null') })
    if (refusal && path.endsWith('/script')) return new Response(JSON.stringify({ detail: refusal }), { status: 422 })
    return new Response('{}')
  })
  language.set('en')
})

afterEach(() => {
  cleanup()
  sessionStorage.clear()
  vi.unstubAllGlobals()
})

function Desk() {
  const [told, setTold] = useState<Told>()
  return (
    <Look>
      <Script agentId="101" attemptId="a1" flow={FLOW} onTold={setTold} />
      <RecordForm agentId="101" talk={TALK} told={told} onSaved={() => undefined} onLeave={undefined} />
    </Look>
  )
}

/** The disposition that is chosen; roles are not asked for, which takes jsdom seconds on a busy machine. */
const chosen = () => document.querySelector('[data-choice][aria-checked="true"]')?.textContent
const alt = (code: string) => fireEvent.keyDown(document.activeElement ?? document.body, { code, altKey: true })

describe('a script in a talk', { timeout: 20_000 }, () => {
  it('is walked by keys to its end, which fills in the result', async () => {
    render(<Desk />)
    expect(screen.getByText(`Is this ${EVIL}?`)).toBeTruthy()
    alt('Digit1')
    const place = screen.getByLabelText('Place *')
    expect(document.activeElement).toBe(place)
    alt('Enter')
    expect(screen.getByRole('alert').textContent).toBe('Must be answered.')
    fireEvent.change(place, { target: { value: EVIL } })
    fireEvent.keyDown(place, { key: 'Enter' })
    expect(await screen.findByText(`At ${EVIL}`)).toBeTruthy()
    await waitFor(() => expect(chosen()).toBe('1 Agreed'))
    expect(document.querySelector('img')).toBeNull()
    fireEvent.keyDown(document.body, { key: 'Enter' })
    await waitFor(() => expect(sent.at(-1)?.path).toBe('/api/agents/101/disposition'))
    // What the end says is at the service before the result is.
    const walks = sent.filter((one) => one.path === '/api/agents/101/script')
    expect(walks.at(-1)?.body.path.map((move) => move.step)).toEqual(['identity', 'book', 'agreed'])
  })

  it('stays at a step whose answer the service refuses, in its words', async () => {
    render(<Desk />)
    alt('Digit1')
    fireEvent.change(screen.getByLabelText('Place *'), { target: { value: 'x' } })
    refusal = 'answers.place: no such place'
    alt('Enter')
    expect((await screen.findByRole('alert')).textContent).toBe('no such place')
  })

  it('goes back by its crumbs, with what was answered', async () => {
    render(<Desk />)
    alt('Digit1')
    fireEvent.change(screen.getByLabelText('Place *'), { target: { value: 'x' } })
    fireEvent.click(screen.getByText('Identity'))
    alt('Digit1')
    expect((screen.getByLabelText('Place *') as HTMLInputElement).value).toBe('x')
    alt('Digit0')
    expect(screen.queryByLabelText('Place *')).toBeNull()
  })

  it('ends in a refusal by a code, and by words where the code asks for them', async () => {
    render(<Desk />)
    alt('Digit2')
    alt('Digit2')
    expect(chosen()).toBeUndefined()
    fireEvent.change(screen.getByLabelText('What is it? *'), { target: { value: 'moves' } })
    await waitFor(() => expect(chosen()).toBe('2 Refused'))
    expect((screen.getByLabelText('Reason', { selector: 'input' }) as HTMLInputElement).value).toBe('G')
  })

  it('holds up no result that is another than its own, though its walk is refused', async () => {
    render(<Desk />)
    alt('Digit2')
    refusal = 'path: no'
    fireEvent.keyDown(document.body, { key: '7' })
    fireEvent.keyDown(document.body, { key: 'Enter' })
    await waitFor(() => expect(sent.at(-1)?.body).toMatchObject({ disposition: 'UNDECIDED' }))
  })

  it('goes on where the service has it, on another machine', async () => {
    kept = {
      attempt_id: 'a1',
      script: 'booking',
      version: 1,
      path: [
        { step: 'identity', key: '1' },
        { step: 'book', key: null },
      ],
      answers: { place: 'shop' },
      reason: null,
      reason_text: null,
    }
    render(<Desk />)
    expect(((await screen.findByLabelText('Place *')) as HTMLInputElement).value).toBe('shop')
  })

  it('outlives a reload, though the service was away', async () => {
    refusal = 'no'
    render(<Desk />)
    alt('Digit1')
    fireEvent.change(screen.getByLabelText('Place *'), { target: { value: 'here' } })
    cleanup()
    render(<Desk />)
    expect((screen.getByLabelText('Place *') as HTMLInputElement).value).toBe('here')
  })

  it('has what customers ask at hand, found by a part of it', () => {
    render(<Desk />)
    fireEvent.change(screen.getByLabelText('Search questions and answers'), { target: { value: 'FRAUD' } })
    expect(screen.queryByText('price?')).toBeNull()
    expect(screen.getByText('no fraud')).toBeTruthy()
  })
})
