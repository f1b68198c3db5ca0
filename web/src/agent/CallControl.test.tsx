import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AgentCard, Screen } from '../api/payloads'
import { Look, language } from '../look/look'
import { CallControl } from './CallControl'

const SCREEN: Screen = {
  attempt_id: 'a1',
  campaign: 'C',
  lead_id: 7,
  name: '王芳',
  number: '138****0000',
  attributes: {},
  script: '',
  hold_reminder_s: 45,
  hold_longest_s: 180,
}
const CARD: AgentCard = { agent_id: '101', state: 'TALKING', since: 1, attempt_id: 'a1', reason: null }

let sent: string[]

function show(more: Partial<AgentCard> = {}): void {
  cleanup()
  render(
    <Look>
      <CallControl agentId="101" card={{ ...CARD, ...more }} screen={SCREEN} />
      <input aria-label="note" />
    </Look>,
  )
}

beforeEach(() => {
  sent = []
  vi.stubGlobal('fetch', async (path: string, { method, body }: { method: string; body: string | null }) => {
    sent.push(`${method} ${path} ${body ?? ''}`.trim())
    return new Response(method === 'GET' ? '[{"agent_id":"102","name":"Bo"}]' : '{}')
  })
  language.set('en')
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

/** Each is done before the next is asked for. */
async function press(key: string): Promise<void> {
  const before = sent.length
  fireEvent.keyDown(document.body, { key })
  await waitFor(() => expect(sent.length).toBeGreaterThan(before))
  await act(async () => undefined)
}

describe('the call in hand', () => {
  it('is muted and held by keys, and let go again by the same', async () => {
    show()
    await press('m')
    await press('h')
    show({ muted: true, held_since: Date.now() / 1000 - 60 })
    expect(screen.getByText('The customer does not hear you')).toBeTruthy()
    expect(screen.getByRole('alert').textContent).toMatch(/waited long/)
    await press('m')
    await press('h')
    const on = (what: string, yes: boolean) => `POST /api/agents/101/${what} {"on":${yes}}`
    expect(sent).toEqual([on('mute', true), on('hold', true), on('mute', false), on('hold', false)])
  })

  it('means nothing by a letter that is typed into a note', () => {
    show()
    fireEvent.keyDown(screen.getByLabelText('note'), { key: 'm' })
    expect(sent).toEqual([])
  })

  it('has digits for itself while the keypad has the focus, one after the other', async () => {
    show()
    fireEvent.keyDown(document.body, { key: 'k' })
    const one = screen.getByRole('button', { name: 'Key 1' })
    expect(document.activeElement).toBe(one)
    const event = new KeyboardEvent('keydown', { key: '2', bubbles: true, cancelable: true })
    one.dispatchEvent(event)
    expect(event.defaultPrevented).toBe(true)
    fireEvent.click(screen.getByRole('button', { name: 'Key #' }))
    expect(await screen.findByText('Pressed: 2#')).toBeTruthy()
    expect(sent).toEqual(['POST /api/agents/101/keys {"keys":"2"}', 'POST /api/agents/101/keys {"keys":"#"}'])
  })

  it('is handed over to whoever is ready', async () => {
    show()
    fireEvent.keyDown(document.body, { key: 't' })
    fireEvent.click(await screen.findByRole('button', { name: 'Bo (102)' }))
    await waitFor(() => expect(sent.at(-1)).toBe('POST /api/agents/101/transfer {"to_agent":"102"}'))
  })

  it('gives more time to record it once it is over', async () => {
    show({ state: 'WRAP_UP' })
    await press('w')
    expect(sent).toEqual(['POST /api/agents/101/wrap-up {"seconds":30}'])
    show({ state: 'READY', attempt_id: null })
    expect(screen.queryByRole('button')).toBeNull()
  })
})
