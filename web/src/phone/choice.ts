/** Which telephone the agent works with, and through which microphone: kept by the browser, for both belong to a place. */

import { createStore, type Store } from '../api/store'

export type Which = 'DESK' | 'PAGE'

export const which = kept('ringpace-telephone', 'DESK') as Store<Which>
/** The browser's id of the microphone; empty for the one that the system uses. */
export const device = kept('ringpace-microphone', '')

function kept(key: string, initial: string): Store<string> {
  const store = createStore(initial)
  try {
    store.set(localStorage.getItem(key) ?? initial)
  } catch {
    // The browser keeps nothing: then the choice lasts as long as the page.
  }
  store.subscribe(() => {
    try {
      localStorage.setItem(key, store.get())
    } catch {
      // as above
    }
  })
  return store
}
