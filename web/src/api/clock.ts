/** One clock for all that ticks on a page, set by the service's own: a browser's may be minutes off. */

import { useSyncExternalStore } from 'react'

/** The Date header has whole seconds, so up to this much says nothing. */
const BELIEVED_S = 1.5

let ahead_s = 0
let now_s = Math.floor(Date.now() / 1000)
let timer: ReturnType<typeof setInterval> | undefined
const followers = new Set<() => void>()

/** An answer of the service was written at this moment: `date` is its Date header. */
export function heardDate(date: string | null): void {
  const told_ms = date === null ? Number.NaN : Date.parse(date)
  if (Number.isNaN(told_ms)) return
  const found_s = (told_ms + 500 - Date.now()) / 1000
  ahead_s = Math.abs(found_s) <= BELIEVED_S ? 0 : found_s
}

/** The time by the service's clock, in seconds since 1970. */
export function serviceNow(): number {
  return Date.now() / 1000 + ahead_s
}

function tick(): void {
  now_s = Math.floor(serviceNow())
  for (const told of [...followers]) told()
}

function follow(told: () => void): () => void {
  followers.add(told)
  if (timer === undefined) {
    now_s = Math.floor(serviceNow())
    timer = setInterval(tick, 1000)
  }
  return () => {
    followers.delete(told)
    if (followers.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }
}

/** The time in whole seconds; whoever uses it is drawn anew each second, so use it in small things only. */
export function useNow(): number {
  return useSyncExternalStore(follow, () => now_s)
}
