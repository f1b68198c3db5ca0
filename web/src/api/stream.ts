/** Keeps a line to /api/events open and puts what it tells into one store, a few times a second at most. */

import { NO_NEWS, reduce, type StreamEvent } from './news'
import { session } from './session'
import { createStore } from './store'

export type Line = 'opening' | 'open' | 'lost'

/** News that follows sooner than this waits for more: a busy floor tells hundreds of things a second. */
const PATIENCE_MS = 60
/** While little is told, as to an agent: card and talk come one after the other, and neither is to be late. */
const LITTLE = 3
const SOON_MS = 12
const BACK_OFF_MS = [1000, 2000, 5000, 10_000]

export const news = createStore(NO_NEWS)
export const line = createStore<Line>('opening')

/** Open the line; call what is returned to close it and to forget what was told. */
export function openLine(): () => void {
  let source: EventSource | undefined
  let again: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  const gathered = gathering()

  const open = () => {
    source = new EventSource('/api/events')
    source.addEventListener('snapshot', (event) => {
      failures = 0
      // The service ends the stream of whoever's rights have changed: the page is to know of it too.
      if (line.get() === 'lost') void session.ask()
      line.set('open')
      gathered.take(parsed(event.data, (topics) => ({ kind: 'snapshot', topics: topics as Record<string, unknown> })))
    })
    source.addEventListener('news', (event) => {
      gathered.take(
        parsed(event.data, (told) => {
          const { topic, payload } = told as { topic: string; payload: unknown }
          return { kind: 'news', topic: String(topic), payload }
        }),
      )
    })
    source.onerror = () => {
      line.set('lost')
      // While it is CONNECTING the browser tries again by itself; after a refusal it does not.
      if (source?.readyState !== EventSource.CLOSED) return
      const wait_ms = BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)] ?? 0
      failures += 1
      again = setTimeout(() => {
        // A refusal may mean that the session is over: then this leads to the log-in page, and the line is closed.
        void session.ask().finally(() => {
          if (again !== undefined) open()
        })
      }, wait_ms)
    }
  }
  open()

  return () => {
    clearTimeout(again)
    again = undefined
    source?.close()
    gathered.stop()
    line.set('opening')
    news.set(NO_NEWS)
  }
}

/** The first news is shown at once, what comes hard on its heels together. */
function gathering() {
  let waiting: StreamEvent[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const show = () => {
    timer = undefined
    if (waiting.length === 0) return
    const events = waiting
    waiting = []
    timer = setTimeout(show, events.length > LITTLE ? PATIENCE_MS : SOON_MS)
    news.set(reduce(news.get(), events))
  }
  return {
    take: (event: StreamEvent | undefined) => {
      if (event === undefined) return
      waiting.push(event)
      if (timer === undefined) show()
    },
    stop: () => {
      clearTimeout(timer)
      waiting = []
    },
  }
}

function parsed(data: string, read: (value: object) => StreamEvent): StreamEvent | undefined {
  try {
    const value: unknown = JSON.parse(data)
    return value !== null && typeof value === 'object' ? read(value) : undefined
  } catch {
    return undefined // half a line: the next snapshot tells it again
  }
}
