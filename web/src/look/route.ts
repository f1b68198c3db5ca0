/** Which page is shown: the path, and who may see what. */

import { useSyncExternalStore } from 'react'
import type { User } from '../api/people'
import { may } from '../api/session'

export type Page =
  | 'floor'
  | 'campaigns'
  | 'scripts'
  | 'agent'
  | 'my-reviews'
  | 'calls'
  | 'quality'
  | 'reports'
  | 'users'

const MOVED = 'ringpace-moved'

/** Whether this user has this page. */
function has(user: User, page: Page): boolean {
  switch (page) {
    case 'floor':
      return may(user, 'SEE_FLOOR')
    case 'campaigns':
      return may(user, 'STEER_CAMPAIGNS') || may(user, 'LOAD_LEADS')
    case 'scripts':
      return may(user, 'STEER_CAMPAIGNS')
    case 'agent':
      return may(user, 'TAKE_CALLS') && user.agent_id !== null
    case 'calls':
    case 'reports':
      return may(user, 'SEE_ATTEMPTS')
    case 'quality':
      return may(user, 'REVIEW') || (may(user, 'STEER_CAMPAIGNS') && user.team === null)
    case 'my-reviews':
      return may(user, 'TAKE_CALLS') && user.agent_id !== null
    case 'users':
      return may(user, 'MANAGE_USERS')
  }
}

/** The pages of this user, the one where they land first. */
export function pagesOf(user: User): Page[] {
  const inOrder: Page[] =
    user.role === 'AGENT'
      ? ['agent', 'my-reviews', 'floor', 'campaigns', 'scripts', 'calls', 'quality', 'reports', 'users']
      : ['floor', 'campaigns', 'scripts', 'agent', 'my-reviews', 'calls', 'quality', 'reports', 'users']
  return inOrder.filter((page) => has(user, page))
}

/** The page that a path stands for, if this user has it; else where they land. */
export function pageAt(path: string, user: User): Page | undefined {
  const pages = pagesOf(user)
  const named = path.split('/')[1]
  // Whoever may find calls, but not judge them, finds them under both names.
  const other = named === 'quality' ? 'calls' : undefined
  return pages.find((page) => page === named) ?? pages.find((page) => page === other) ?? pages[0]
}

/** Show another page. */
export function go(page: Page): void {
  history.pushState(null, '', `/${page}`)
  window.dispatchEvent(new Event(MOVED))
}

/** The path, followed as it changes. */
export function usePath(): string {
  return useSyncExternalStore(follow, () => window.location.pathname)
}

function follow(told: () => void): () => void {
  window.addEventListener('popstate', told)
  window.addEventListener(MOVED, told)
  return () => {
    window.removeEventListener('popstate', told)
    window.removeEventListener(MOVED, told)
  }
}
