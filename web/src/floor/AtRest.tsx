/** The campaigns that are paused and in no topic, a line each: what the floor can take up again at once. */

import { useMemo } from 'react'
import { useStore } from '../api/store'
import { news } from '../api/stream'
import { atRest, useCampaigns } from '../campaigns/asked'
import { StartPause } from '../campaigns/StartPause'
import { useText } from '../look/look'

export function AtRest({ steers }: { steers: boolean }) {
  const { t } = useText()
  const told = useStore(news, (all) => all.campaigns)
  const known = useStore(news, (all) => all.snapshots > 0)
  const { list, again } = useCampaigns()
  const resting = useMemo(() => atRest(list, told), [list, told])
  // Before the first snapshot nothing is in any topic, which says nothing.
  if (!known || resting.length === 0) return null
  return (
    <section className="rp-box rp-stack" aria-label={t('campaigns.atRest')}>
      {resting.map((one) => (
        <div key={one.campaign_id} className="rp-actions">
          <span>
            {one.name}{' '}
            <span className="rp-quiet">
              {t('campaign.PAUSED')} · {t(`mode.${one.mode}`)}
            </span>
          </span>
          {steers && <StartPause campaign={one} start="campaign.resume" onDone={again} />}
        </div>
      ))}
    </section>
  )
}
