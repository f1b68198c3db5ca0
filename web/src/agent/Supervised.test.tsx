import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { NO_NEWS, reduce } from '../api/news'
import { news } from '../api/stream'
import { Look, language } from '../look/look'
import { Supervised } from './Supervised'

const message = (text: string, read_at: number | null = null) => ({
  messages: [{ message_id: 'm1', text, who: 'user:ada', at: 1, read_at }],
})
let sent: string[]

/** The stream tells this. */
function told(topics: Record<string, unknown>): void {
  act(() => news.set(reduce(news.get(), [{ kind: 'snapshot', topics }])))
}

beforeEach(() => {
  sent = []
  vi.stubGlobal('fetch', async (path: string) => {
    sent.push(path)
    return new Response('{}')
  })
  language.set('en')
  news.set(NO_NEWS)
  render(
    <Look>
      <Supervised agentId="101" />
    </Look>,
  )
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('what an agent sees of supervisors', () => {
  it('is an eye for as long as somebody listens', () => {
    told({ 'agents/101/supervised': { mode: 'LISTEN', since: 1 } })
    expect(screen.getByText(/Somebody is listening/)).toBeTruthy()
    told({ 'supervision/101': { mode: 'LISTEN' } })
    expect(screen.queryByText(/Somebody/)).toBeNull()
  })

  it('is a message, as plain text, until it was understood', async () => {
    told({ 'agents/101/message': message('<b>slower</b>') })
    expect(screen.getByText('<b>slower</b>')).toBeTruthy()
    fireEvent.click(screen.getByRole('button', { name: 'Understood' }))
    await waitFor(() => expect(sent).toEqual(['/api/agents/101/message/m1/read']))
    told({ 'agents/101/message': message('<b>slower</b>', 2) })
    expect(screen.queryByRole('button', { name: 'Understood' })).toBeNull()
  })
})
