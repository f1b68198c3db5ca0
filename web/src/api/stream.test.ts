import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { User } from './people'
import { session } from './session'
import { line, news, openLine } from './stream'

const USER: User = {
  username: 'ada',
  name: 'Ada',
  role: 'ADMIN',
  rights: ['SEE_FLOOR'],
  team: null,
  agent_id: null,
  password_is_new: false,
}

/** A browser's EventSource, without a network. */
class FakeSource extends EventTarget {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSED = 2
  static all: FakeSource[] = []
  readyState = FakeSource.OPEN
  onerror: (() => void) | null = null
  constructor() {
    super()
    FakeSource.all.push(this)
  }
  close(): void {
    this.readyState = FakeSource.CLOSED
  }
  tell(kind: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(kind, { data: typeof data === 'string' ? data : JSON.stringify(data) }))
  }
  fail(readyState: number): void {
    this.readyState = readyState
    this.onerror?.()
  }
}

const card = (state: string) => ({ agent_id: '101', state, since: 1, attempt_id: null, reason: null })
const latest = () => FakeSource.all.at(-1) as FakeSource
const sessionIs = (status: number, user: unknown = { detail: 'nobody is logged in here' }) =>
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(user), { status }))

let close: () => void

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', FakeSource)
  FakeSource.all = []
  session.store.set({ kind: 'user', user: USER })
  close = openLine()
})

afterEach(() => {
  close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the line', () => {
  it('shows a snapshot at once, and what comes hard on its heels together', () => {
    latest().tell('snapshot', { 'agents/101': card('READY') })
    expect(line.get()).toBe('open')
    expect(news.get().agents.get('101')?.state).toBe('READY')
    const told = vi.fn()
    const leave = news.subscribe(told)
    for (const state of ['RESERVED', 'TALKING']) latest().tell('news', { topic: 'agents/101', payload: card(state) })
    expect(told).not.toHaveBeenCalled()
    vi.runAllTimers()
    expect(told).toHaveBeenCalledOnce()
    expect(news.get().agents.get('101')?.state).toBe('TALKING')
    leave()
  })

  it('is right again with the snapshot that follows a loss, by the same EventSource', async () => {
    sessionIs(200, USER)
    latest().tell('snapshot', { 'agents/101': card('READY') })
    latest().fail(FakeSource.CONNECTING)
    expect(line.get()).toBe('lost')
    expect(news.get().agents.size).toBe(1)
    await vi.runAllTimersAsync()
    latest().tell('snapshot', {})
    expect(line.get()).toBe('open')
    expect(news.get().agents.size).toBe(0)
    expect(FakeSource.all).toHaveLength(1)
  })

  it('leads to the log-in page where it was refused because the session is over', async () => {
    sessionIs(401)
    latest().fail(FakeSource.CLOSED)
    await vi.runAllTimersAsync()
    expect(session.store.get()).toMatchObject({ kind: 'nobody', ended: true })
  })

  it('is opened anew where the service was away for a while, and whoever is here stays', async () => {
    sessionIs(503, { detail: 'down' })
    latest().fail(FakeSource.CLOSED)
    await vi.runAllTimersAsync()
    expect(FakeSource.all).toHaveLength(2)
    expect(session.store.get()).toMatchObject({ kind: 'user' })
  })

  it('takes no harm from a line that is no JSON', () => {
    latest().tell('snapshot', '{"agents/101":')
    latest().tell('news', 'null')
    expect(news.get().agents.size).toBe(0)
  })

  it('stays closed once it is closed, also in the middle of trying again', async () => {
    sessionIs(503)
    latest().fail(FakeSource.CLOSED)
    close()
    await vi.runAllTimersAsync()
    expect(FakeSource.all).toHaveLength(1)
    expect(line.get()).toBe('opening')
  })
})
