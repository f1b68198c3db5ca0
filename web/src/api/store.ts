/** A value that is read by many and changed in few places; React follows it. */

import { useSyncExternalStore } from 'react'

export interface Store<T> {
  get: () => T
  set: (next: T) => void
  subscribe: (told: () => void) => () => void
}

/** A new store. Nobody is told of a value that is the same as before. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial
  const followers = new Set<() => void>()
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return
      value = next
      for (const told of [...followers]) told()
    },
    subscribe: (told) => {
      followers.add(told)
      return () => followers.delete(told)
    },
  }
}

/** What `select` finds in the store; it must find the same object as long as nothing has changed. */
export function useStore<T, S>(store: Store<T>, select: (value: T) => S): S {
  return useSyncExternalStore(store.subscribe, () => select(store.get()))
}
