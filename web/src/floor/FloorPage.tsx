/** The floor: agents, calls and campaigns as they are now, and the means to steer the campaigns. */

import { Button } from 'antd'
import { lazy, Suspense, useEffect, useMemo, useState } from 'react'
import type { User } from '../api/people'
import { may } from '../api/session'
import { useStore } from '../api/store'
import { line, news } from '../api/stream'
import { useText } from '../look/look'
import { Agents } from './Agents'
import { AtRest } from './AtRest'
import { CallStrip } from './CallStrip'
import { CampaignCard } from './CampaignCard'
import { keepHistory } from './history'
import { StopAll } from './StopAll'

const Chart = lazy(() => import('./Chart'))

export default function FloorPage({ user }: { user: User }) {
  const { t } = useText()
  const [wall, setWall] = useState(false)
  const campaigns = useStore(news, (told) => told.campaigns)
  const known = useStore(news, (told) => told.snapshots > 0)
  const opening = useStore(line, (state) => state === 'opening')
  const inOrder = useMemo(() => [...campaigns.values()].sort((a, b) => a.campaign_id - b.campaign_id), [campaigns])
  const steers = may(user, 'STEER_CAMPAIGNS') && !wall
  useEffect(keepHistory, [])
  return (
    <div className={wall ? 'rp-floor rp-wall' : 'rp-floor'}>
      <div className="rp-bar">
        <h1>{t('floor.title')}</h1>
        <CallStrip />
        {steers && <StopAll campaigns={inOrder} />}
        <Button aria-pressed={wall} onClick={() => setWall(!wall)}>
          {t(wall ? 'floor.wall.leave' : 'floor.wall')}
        </Button>
      </div>
      <div className="rp-columns">
        <section aria-labelledby="campaigns" className="rp-stack">
          <h2 id="campaigns">{t('floor.campaigns')}</h2>
          {inOrder.map((campaign) => (
            <CampaignCard key={campaign.campaign_id} campaign={campaign} steers={steers} />
          ))}
          {inOrder.length === 0 && (
            <p className="rp-empty">{t(opening || !known ? 'line.opening' : 'campaigns.none.floor')}</p>
          )}
          <AtRest steers={steers} />
          <Suspense fallback={<div className="rp-box rp-chart-box" />}>
            <Chart />
          </Suspense>
        </section>
        <Agents user={user} wall={wall} />
      </div>
    </div>
  )
}
