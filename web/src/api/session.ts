/** Who sits before this page, as the service knows them. */

import { ApiError, api, onNobody } from './client'
import type { Right, User } from './people'
import { createStore } from './store'

export type Session =
  | { kind: 'asking' }
  | { kind: 'away' }
  | { kind: 'nobody'; ended: boolean; changed: boolean }
  | { kind: 'user'; user: User }

const store = createStore<Session>({ kind: 'asking' })
const KEPT = 'ringpace.'

/** Nobody is logged in any more: what was typed about customers goes too. */
function leave(ended: boolean, changed = false): void {
  if (!ended) forgetDrafts()
  store.set({ kind: 'nobody', ended, changed })
}

function forgetDrafts(): void {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(KEPT)) sessionStorage.removeItem(key)
  }
}

onNobody(() => {
  if (store.get().kind === 'user') leave(true)
})

export const session = {
  store,

  /** Ask the service who we are. */
  ask: async (): Promise<void> => {
    const before = store.get()
    try {
      const user = await api.whoAmI()
      const same = before.kind === 'user' && JSON.stringify(before.user) === JSON.stringify(user)
      if (!same) store.set({ kind: 'user', user })
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        store.set({ kind: 'nobody', ended: before.kind === 'user', changed: false })
      } else if (before.kind !== 'user') {
        store.set({ kind: 'away' })
      }
    }
  },

  logIn: async (username: string, password: string): Promise<void> => {
    store.set({ kind: 'user', user: await api.logIn(username, password) })
  },

  logOut: async (): Promise<void> => {
    await api.logOut()
    leave(false)
  },

  /** All sessions of the user end, this one too: the new password is asked for next. */
  changePassword: async (old: string, fresh: string): Promise<void> => {
    await api.changePassword(old, fresh)
    leave(false, true)
  },
}

/** Whether this user may do this. */
export function may(user: User, right: Right): boolean {
  return user.rights.includes(right)
}
