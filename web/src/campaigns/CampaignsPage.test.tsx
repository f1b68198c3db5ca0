import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Right, User } from '../api/people'
import { Look, language } from '../look/look'
import CampaignsPage from './CampaignsPage'
import { Report } from './Report'

const user = (...rights: Right[]): User => ({
  username: 'olga',
  name: 'Olga',
  role: 'OPERATOR',
  rights: ['SEE_FLOOR', ...rights],
  team: null,
  agent_id: null,
  password_is_new: false,
})
const PAUSED = { campaign_id: 7, name: '<b>冬季</b>', status: 'PAUSED', mode: 'RATIO', ratio: 1.5 }

/** The service, with one campaign; remembers what it was sent, and refuses a new campaign in these words. */
function fakeService(refusal: string): [string, unknown][] {
  const sent: [string, unknown][] = []
  vi.stubGlobal('fetch', async (path: string, { method, body }: { method: string; body: string | null }) => {
    if (method === 'GET') return new Response(JSON.stringify([PAUSED]))
    sent.push([`${method} ${path}`, JSON.parse(body ?? 'null')])
    if (path.endsWith('/commands')) return new Response('{"campaign_id": 7, "status": "RUNNING", "pacing": {}}')
    return new Response(JSON.stringify({ detail: refusal }), { status: 422 })
  })
  return sent
}

function show(who: User) {
  language.set('en')
  return render(
    <Look>
      <CampaignsPage user={who} />
    </Look>,
  )
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('the campaigns’ page', () => {
  it('shows names as text, and offers what the user may do', async () => {
    fakeService('')
    const { container } = show(user('LOAD_LEADS'))
    expect(await screen.findByText('<b>冬季</b>')).toBeTruthy()
    expect(container.querySelector('b')).toBeNull()
    expect(screen.getByRole('button', { name: 'Load a list' })).toBeTruthy()
    expect(screen.queryByRole('button', { name: 'New campaign' })).toBeNull()
    expect(screen.queryByRole('button', { name: 'Start' })).toBeNull()
  })

  it('starts a campaign by the command of the floor', async () => {
    const sent = fakeService('')
    show(user('STEER_CAMPAIGNS'))
    fireEvent.click(await screen.findByRole('button', { name: 'Start' }))
    await waitFor(() => expect(sent).toEqual([['POST /api/campaigns/7/commands', { do: 'resume' }]]))
    expect(screen.queryByRole('button', { name: 'Load a list' })).toBeNull()
  })

  it('shows what the service refuses of a new campaign at the field that it is about', async () => {
    const sent = fakeService("trunk: 'x' is not in the settings (carrier); caps.per_days: at most 31")
    show(user('STEER_CAMPAIGNS'))
    fireEvent.click(await screen.findByRole('button', { name: 'New campaign' }))
    const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })
    type('Name', 'winter')
    type('Trunk', 'x')
    type('Caller id', '+862155550000')
    type('Further keys (JSON)', '{"caps": {"per_days": 99}}')
    const dialog = screen.getByRole('dialog')
    const buttons = [...dialog.querySelectorAll('button')].filter((one) => one.textContent === 'New campaign')
    fireEvent.click(buttons[0] as HTMLElement)
    expect(await screen.findByText("'x' is not in the settings (carrier)")).toBeTruthy()
    expect(screen.getByText('caps.per_days: at most 31')).toBeTruthy()
    type('Further keys (JSON)', '')
    await waitFor(() => expect(screen.queryByText('caps.per_days: at most 31')).toBeNull())
    expect(sent).toMatchObject([
      ['POST /api/campaigns', { name: 'winter', trunk: 'x', caps: { per_days: 99 }, pacing: { mode: 'PROGRESSIVE' } }],
    ])
  })
})

describe('the report of a list', () => {
  it('has the refused rows as text, says when there are more, and leads to the file', () => {
    language.set('en')
    const row = { row: 3, field: '姓名', reason: 'looks like a spreadsheet formula', raw: '<img src=x>' }
    const { container } = render(
      <Look>
        <Report
          report={{
            campaign_id: 7,
            list_id: 9,
            name: 'n',
            source: 's',
            accepted: 2,
            total: 5000,
            rejected_count: 4998,
            rejected: [row],
          }}
        />
      </Look>,
    )
    expect(screen.getByText('2 of 5,000 rows taken in')).toBeTruthy()
    expect(screen.getByText(/4,998 rows refused · The first 1 are listed/)).toBeTruthy()
    expect(screen.getByText('<img src=x>')).toBeTruthy()
    expect(container.querySelector('img')).toBeNull()
    expect(screen.getByRole('link').getAttribute('href')).toBe('/api/campaigns/7/lists/9/rejected')
  })
})
