/** Keeps a talk's walk in this tab and at the service as it goes on: neither a reload nor another machine loses it. */

import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError, scriptsApi } from '../api/scripts'
import { begin, type Flow, sentOf, type Walk, walkFrom } from './flow'

const KEY = 'ringpace.walk.'
const GATHER_MS = 300
const AGAIN_MS = 3000

interface Local {
  version: number
  walk: Walk
  /** Whether the service has it. */
  saved: boolean
}

export function readLocal(attemptId: string): Local | undefined {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(KEY + attemptId) ?? 'null')
    const local = found as Local | null
    return local !== null && Array.isArray(local?.walk?.path) ? local : undefined
  } catch {
    return undefined
  }
}

function keepLocal(attemptId: string, local: Local): void {
  try {
    sessionStorage.setItem(KEY + attemptId, JSON.stringify(local))
  } catch {
    // No room, or not allowed: then the service alone has it.
  }
}

const senders = new Map<string, () => Promise<void>>()

/** Sends what is not yet sent of this talk's walk; what its end says must be known before the result is recorded. */
export async function flushWalk(attemptId: string): Promise<void> {
  await senders.get(attemptId)?.()
}

export interface Walking {
  flow: Flow
  walk: Walk
  saved: boolean
  /** Why the service does not take it. */
  refused: string | undefined
  change: (walk: Walk) => void
  /** Asks the service whether it takes this walk: what it says against it, or undefined. */
  check: (walk: Walk) => Promise<string | undefined>
}

/** The walk of one talk; the component that uses it is made anew for the next. */
export function useWalk(agentId: string, attemptId: string, given: Flow): Walking {
  const [flow, setFlow] = useState(given)
  const [local, setLocal] = useState<Local>(() => {
    const found = readLocal(attemptId)
    const fits = found?.version === given.version && found.walk.path.every((move) => given.steps[move.step])
    return found && fits ? found : { version: given.version, walk: begin(given), saved: true }
  })
  const [refused, setRefused] = useState<string>()
  const latest = useRef({ flow, local, touched: false })
  latest.current.flow = flow
  latest.current.local = local

  const put = useCallback(
    (next: Local) => {
      latest.current.local = next
      setLocal(next)
      keepLocal(attemptId, next)
    },
    [attemptId],
  )
  const send = useCallback(async () => {
    const sent = latest.current.local
    if (sent.saved) return
    await scriptsApi.keep(agentId, sentOf(latest.current.flow, attemptId, sent.walk))
    setRefused(undefined)
    if (latest.current.local.walk === sent.walk) put({ ...sent, saved: true })
  }, [agentId, attemptId, put])

  useEffect(() => {
    senders.set(attemptId, send)
    return () => {
      senders.delete(attemptId)
    }
  }, [attemptId, send])
  useEffect(() => {
    let gone = false
    void scriptsApi
      .walked(agentId, attemptId)
      .then(({ walk: kept, flow: by }) => {
        const { local: here, touched } = latest.current
        if (gone || touched || !here.saved || kept === null || by === null) return
        const found = walkFrom(by, kept)
        if (found === undefined) return
        latest.current.flow = by
        setFlow(by)
        put({ version: by.version, walk: found, saved: true })
      })
      .catch(() => undefined) // what this tab knows goes on
    return () => {
      gone = true
    }
  }, [agentId, attemptId, put])
  const [tries, setTries] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of the walk, and each failed try, begins a new wait
  useEffect(() => {
    if (local.saved) return
    const timer = setTimeout(
      () =>
        void send().catch((error: unknown) => {
          if (error instanceof ApiError && error.status >= 400 && error.status < 500) setRefused(error.message)
          else setTries((before) => before + 1)
        }),
      tries === 0 ? GATHER_MS : AGAIN_MS,
    )
    return () => clearTimeout(timer)
  }, [local.walk, local.saved, tries, send])

  const change = useCallback(
    (walk: Walk) => {
      latest.current.touched = true
      setTries(0)
      setRefused(undefined)
      put({ version: latest.current.flow.version, walk, saved: false })
    },
    [put],
  )
  const check = useCallback(
    async (walk: Walk) => {
      try {
        await scriptsApi.keep(agentId, sentOf(latest.current.flow, attemptId, walk))
      } catch (error) {
        if (error instanceof ApiError && error.status === 422) return error.message
      }
      return undefined // a service that is away holds up no talk: it is sent again
    },
    [agentId, attemptId],
  )
  return { flow, walk: local.walk, saved: local.saved, refused, change, check }
}
