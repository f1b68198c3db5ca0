import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { NO_NEWS, reduce } from '../api/news'
import type { AgentState } from '../api/payloads'
import type { User } from '../api/people'
import { news } from '../api/stream'
import { Look, language } from '../look/look'
import AgentPage from './AgentPage'

const USER: User = {
  username: 'li',
  name: 'Li',
  role: 'AGENT',
  rights: ['TAKE_CALLS'],
  team: null,
  agent_id: '101',
  password_is_new: false,
}
const SCREEN = {
  attempt_id: 'a1',
  campaign: 'C',
  lead_id: 7,
  name: '王芳',
  number: '138****0000',
  attributes: {},
  script: 'Good day',
}
const card = (state: AgentState, attempt_id: string | null) => ({
  agent_id: '101',
  state,
  since: 1,
  attempt_id,
  reason: null,
})

let sent: string[]

/** The stream tells this. */
function told(topics: Record<string, unknown>): void {
  act(() => news.set(reduce(news.get(), [{ kind: 'snapshot', topics }])))
}

beforeEach(() => {
  sent = []
  vi.stubGlobal('fetch', async (path: string, { body }: { body: string | null }) => {
    if (path.includes('/day?')) return new Response('{}', { status: 404 })
    sent.push(`${path} ${body ?? ''}`)
    const lead = { lead_id: 7, name: '王芳', attributes: {}, attempts: 2, attempt_id: 'a1' }
    return new Response(JSON.stringify(lead))
  })
  language.set('en')
  news.set(NO_NEWS)
  render(
    <Look>
      <AgentPage user={USER} />
    </Look>,
  )
})

afterEach(() => {
  cleanup()
  sessionStorage.clear()
  vi.unstubAllGlobals()
})

describe('the agent’s page', () => {
  it('offers what can be done where the agent stands', () => {
    told({})
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Logged out')
    expect(screen.getAllByRole('button').map((one) => one.textContent)).toEqual(['Log in'])
    told({ 'agents/101': card('PAUSED', null) })
    expect(screen.getAllByRole('button').map((one) => one.textContent)).toEqual(['Ready', 'Log out'])
  })

  it('shows the customer before the voices meet, and asks for a result once they have', () => {
    told({ 'agents/101': card('RESERVED', 'a1'), 'agents/101/screen': SCREEN })
    expect(screen.getByText('王芳')).toBeTruthy()
    expect(screen.queryByRole('radio')).toBeNull()
    told({ 'agents/101': card('TALKING', 'a1'), 'agents/101/screen': SCREEN })
    expect(screen.getAllByRole('radio')).toHaveLength(7)
  })

  it('still takes the result of a talk whose wrap-up has run out, and then lets it go', async () => {
    told({ 'agents/101': card('WRAP_UP', 'a1'), 'agents/101/screen': SCREEN })
    told({ 'agents/101': card('READY', null) })
    expect(screen.getByText(/can still be recorded/)).toBeTruthy()
    fireEvent.keyDown(document.body, { key: '1' })
    fireEvent.keyDown(document.body, { key: 'Enter' })
    await waitFor(() => expect(screen.queryByRole('radio')).toBeNull())
    expect(sent).toEqual(['/api/agents/101/disposition {"disposition":"AGREED","attempt_id":"a1"}'])
  })

  it('says during a call that a pause comes after it', async () => {
    told({ 'agents/101': card('TALKING', 'a1'), 'agents/101/screen': SCREEN })
    fireEvent.click(screen.getByRole('button', { name: 'Meal' }))
    expect(await screen.findByText('Pauses after this call: Meal')).toBeTruthy()
    expect(sent).toEqual(['/api/agents/101/pause {"reason":"meal"}'])
  })

  it('lets a lead be looked at before it is called, where a campaign asks for it', async () => {
    const campaign = { campaign_id: 3, name: 'Careful', mode: 'PREVIEW', status: 'RUNNING' }
    told({ 'agents/101': card('READY', null), 'campaigns/3': campaign })
    fireEvent.click(screen.getByRole('button', { name: 'Next lead of Careful' }))
    fireEvent.click(await screen.findByRole('button', { name: 'Call' }))
    await waitFor(() => expect(sent.at(-1)).toBe('/api/agents/101/preview {"campaign":"3","lead_id":7}'))
  })
})
