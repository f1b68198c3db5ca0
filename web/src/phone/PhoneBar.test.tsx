import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AgentCard } from '../api/payloads'
import { Look, language } from '../look/look'
import { which } from './choice'
import { PhoneBar } from './PhoneBar'
import { closePhone, phone } from './telephone'

const CARD: AgentCard = { agent_id: '101', state: 'OFFLINE', since: 1, attempt_id: null, reason: null }

const show = (card: AgentCard) =>
  render(
    <Look>
      <PhoneBar agentId="101" card={card} />
    </Look>,
  )

/** A browser whose microphone does so. */
function browser(getUserMedia: () => Promise<MediaStream>, isSecureContext = true): void {
  vi.stubGlobal('isSecureContext', isSecureContext)
  const mediaDevices = Object.assign(new EventTarget(), { getUserMedia, enumerateDevices: async () => [] })
  vi.stubGlobal('navigator', Object.assign(Object.create(navigator), { mediaDevices }))
}

const denied = (name: string) => async () => Promise.reject(new DOMException('no', name))

beforeEach(() => {
  language.set('en')
  which.set('DESK')
})

afterEach(() => {
  cleanup()
  closePhone()
  localStorage.clear()
  vi.unstubAllGlobals()
})

describe('the telephone on the agent’s page', () => {
  it('is the one on the desk until the other is chosen, which is kept', () => {
    show(CARD)
    expect(screen.queryByRole('button', { name: 'Check the microphone' })).toBeNull()
    fireEvent.click(screen.getByRole('radio', { name: 'In this page' }))
    expect(screen.getByRole('button', { name: 'Check the microphone' })).toBeTruthy()
    expect(localStorage.getItem('ringpace-telephone')).toBe('PAGE')
  })

  it('says nothing while an agent works with the one on the desk', () => {
    which.set('PAGE')
    show({ ...CARD, state: 'READY', telephone: 'DESK' })
    expect(screen.queryByRole('region', { name: 'Telephone' })).toBeNull()
  })

  it.each([
    ['NotAllowedError', /denies this page the microphone/],
    ['NotFoundError', /plug in a headset/],
    ['NotReadableError', /another program/],
  ])('says what to do where the microphone is refused with %s', async (name, words) => {
    which.set('PAGE')
    browser(denied(name))
    show(CARD)
    fireEvent.click(screen.getByRole('button', { name: 'Check the microphone' }))
    expect(await screen.findByText(words)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Check the microphone' })).toBeTruthy()
  })

  it('says that an unencrypted page gets no microphone', async () => {
    which.set('PAGE')
    browser(async () => new MediaStream(), false)
    show(CARD)
    fireEvent.click(screen.getByRole('button', { name: 'Check the microphone' }))
    expect(await screen.findByText(/https/)).toBeTruthy()
  })

  it('offers what can be done as the line stands', async () => {
    show({ ...CARD, state: 'TALKING', telephone: 'PAGE' })
    const buttons = () => screen.getAllByRole('button').map((one) => one.textContent)
    act(() => phone.set({ line: 'up', silent: false, trouble: undefined }))
    await waitFor(() => expect(screen.queryAllByRole('button')).toEqual([]))
    act(() => phone.set({ line: 'elsewhere', silent: false, trouble: undefined }))
    await waitFor(() => expect(buttons()).toEqual(['Use it here']))
    act(() => phone.set({ line: 'off', silent: false, trouble: 'none' }))
    await waitFor(() => expect(buttons()).toEqual(['Try again']))
    expect(screen.getByText(/plug in a headset/)).toBeTruthy()
  })
})
