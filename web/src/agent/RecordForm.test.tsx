import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Look, language } from '../look/look'
import { Customer } from './Customer'
import { RecordForm } from './RecordForm'
import type { Talk } from './talks'

const TALK: Talk = {
  screen: {
    attempt_id: 'a1',
    campaign: 'C',
    lead_id: 1,
    name: '<img src=x onerror=alert(1)>',
    number: '151****8350',
    attributes: { 城市: '<b>上海</b>' },
    script: '<script>alert(1)</script>',
  },
  saved: null,
}

/** The service, as far as this form needs it: remembers what it was sent. */
function fakeService(): unknown[] {
  const sent: unknown[] = []
  vi.stubGlobal('fetch', async (_path: string, { body }: { body: string }) => {
    sent.push(JSON.parse(body))
    return new Response('{"attempt_id": "a1"}')
  })
  return sent
}

function show(onSaved = vi.fn()) {
  language.set('en')
  render(
    <Look>
      <RecordForm agentId="101" talk={TALK} onSaved={onSaved} onLeave={undefined} />
    </Look>,
  )
  return onSaved
}

afterEach(() => {
  cleanup()
  sessionStorage.clear()
  vi.unstubAllGlobals()
})

describe('recording by keyboard', () => {
  it('chooses with a number and saves with Enter, with what was typed meanwhile', async () => {
    const sent = fakeService()
    const saved = show()
    fireEvent.keyDown(document.body, { key: '2' })
    expect(screen.getByRole('radio', { name: /Refused/ }).getAttribute('aria-checked')).toBe('true')
    const note = screen.getByLabelText(/Note/)
    fireEvent.change(note, { target: { value: 'too dear' } })
    fireEvent.keyDown(note, { key: '1' })
    fireEvent.keyDown(note, { key: 'Enter' })
    await waitFor(() => expect(saved).toHaveBeenCalledWith('REFUSED'))
    expect(sent).toEqual([{ disposition: 'REFUSED', attempt_id: 'a1', note: 'too dear' }])
  })

  it('sends nothing without a choice, nor a call-back without a time', () => {
    const sent = fakeService()
    show()
    fireEvent.keyDown(document.body, { key: 'Enter' })
    expect(screen.getByText('Choose a result first.')).toBeTruthy()
    fireEvent.keyDown(document.body, { key: '3' })
    fireEvent.keyDown(document.body, { key: 'Enter' })
    expect(screen.getByText('A call-back needs a time.')).toBeTruthy()
    expect(sent).toEqual([])
  })

  it('has what was typed again after a reload', () => {
    show()
    fireEvent.keyDown(document.body, { key: '7' })
    fireEvent.change(screen.getByLabelText(/Note/), { target: { value: 'thinks about it' } })
    cleanup()
    show()
    expect(screen.getByRole('radio', { name: /Undecided/ }).getAttribute('aria-checked')).toBe('true')
    expect(screen.getByLabelText<HTMLTextAreaElement>(/Note/).value).toBe('thinks about it')
  })
})

describe('the customer’s card', () => {
  it('shows whatever a list brought in as text', () => {
    const { container } = render(
      <Look>
        <Customer screen={TALK.screen} />
      </Look>,
    )
    expect(screen.getByText('<img src=x onerror=alert(1)>')).toBeTruthy()
    expect(screen.getByText('<b>上海</b>')).toBeTruthy()
    expect(container.querySelector('img, b, script')).toBeNull()
  })
})
