/** For whoever judges talks: the desk, what came of it, and the scorecards, each as far as one may see it. */

import { Tabs } from 'antd'
import type { User } from '../api/people'
import { may } from '../api/session'
import { useText } from '../look/look'
import { Desk } from './Desk'
import './quality.css'
import { Results } from './Results'
import { Scorecards } from './Scorecards'

export default function QualityPage({ user }: { user: User }) {
  const { t } = useText()
  const judges = may(user, 'REVIEW')
  const items = [
    ...(judges ? [{ key: 'talks', label: t('quality.talks'), children: <Desk user={user} /> }] : []),
    ...(judges ? [{ key: 'results', label: t('quality.results'), children: <Results /> }] : []),
    { key: 'cards', label: t('quality.cards'), children: <Scorecards writes={user.team === null} /> },
  ]
  return (
    <div className="rp-stack">
      <h1>{t('quality.title')}</h1>
      <Tabs destroyOnHidden items={items} />
    </div>
  )
}
