/** Who is here decides what is shown: the log-in page, a forced new password, or the pages that their role has. */

import { Alert, Button } from 'antd'
import { lazy, Suspense, useEffect } from 'react'
import type { User } from './api/people'
import { may, session } from './api/session'
import { useStore } from './api/store'
import { openLine } from './api/stream'
import { Broken } from './look/Broken'
import { Frame } from './look/Frame'
import { LogIn, NewPassword } from './look/LogIn'
import { useText } from './look/look'
import { type Page, pageAt, usePath } from './look/route'

// Each console by itself: the agent's page does not wait for charts and tables.
const PAGES = {
  floor: lazy(() => import('./floor/FloorPage')),
  campaigns: lazy(() => import('./campaigns/CampaignsPage')),
  scripts: lazy(() => import('./scripts/ScriptsPage')),
  agent: lazy(() => import('./agent/AgentPage')),
  calls: lazy(() => import('./calls/CallsPage')),
  quality: lazy(() => import('./quality/QualityPage')),
  'my-reviews': lazy(() => import('./reviews/MyReviewsPage')),
  reports: lazy(() => import('./reports/ReportsPage')),
  users: lazy(() => import('./users/UsersPage')),
} satisfies Record<Page, unknown>

const TRY_AGAIN_MS = 5000

export function App() {
  const { t } = useText()
  const state = useStore(session.store, (value) => value)
  useEffect(() => {
    void session.ask()
  }, [])
  useEffect(() => {
    if (state.kind !== 'away') return
    const timer = setTimeout(() => void session.ask(), TRY_AGAIN_MS)
    return () => clearTimeout(timer)
  }, [state])
  switch (state.kind) {
    case 'asking':
      return <p className="rp-empty">{t('app.loading')}</p>
    case 'away':
      return (
        <div className="rp-doorstep">
          <Alert type="warning" showIcon title={t('error.away')} />
          <Button onClick={() => void session.ask()}>{t('app.reload')}</Button>
        </div>
      )
    case 'nobody':
      return <LogIn because={state} />
    case 'user':
      return state.user.password_is_new ? <NewPassword /> : <Inside user={state.user} />
  }
}

function Inside({ user }: { user: User }) {
  const { t } = useText()
  const page = pageAt(usePath(), user)
  const hears = may(user, 'SEE_FLOOR') || may(user, 'TAKE_CALLS')
  useEffect(() => (hears ? openLine() : undefined), [hears])
  useEffect(() => {
    if (page) history.replaceState(null, '', `/${page}`)
  }, [page])
  if (page === undefined) {
    return (
      <Frame user={user} page="calls">
        <Alert type="info" showIcon title={t('app.noPage')} />
      </Frame>
    )
  }
  const Shown = PAGES[page]
  return (
    <Frame user={user} page={page}>
      <Broken key={page}>
        <Suspense fallback={<p className="rp-empty">{t('app.loading')}</p>}>
          <Shown user={user} />
        </Suspense>
      </Broken>
    </Frame>
  )
}
