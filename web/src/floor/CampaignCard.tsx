/** One campaign: how it stands, what its pacing decided and why, what the law's windows bear, why its leads wait. */

import { Alert, Tag } from 'antd'
import { lazy, memo, Suspense, useState } from 'react'
import { CALL_STATES, type Campaign, type CampaignStatus, HOLDS, type Hold } from '../api/payloads'
import { useText } from '../look/look'
import { count, percent } from '../text/format'
import { AbandonmentBar } from './AbandonmentBar'
import { CampaignActions } from './CampaignActions'
import { decisionIn } from './decision'

// By itself: the floor does not wait for tables.
const WaitingLeads = lazy(() => import('./WaitingLeads'))

const COLOUR: Record<CampaignStatus, string> = { RUNNING: 'success', PAUSED: 'warning', STOPPED: 'default' }

export const CampaignCard = memo(function CampaignCard({ campaign, steers }: { campaign: Campaign; steers: boolean }) {
  const { t, language } = useText()
  const title = `campaign-${campaign.campaign_id}`
  const perAgent = campaign.mode === 'RATIO' ? ` · ${t('campaign.perAgent', { ratio: campaign.ratio })}` : ''
  return (
    <article className="rp-box rp-campaign" aria-labelledby={title}>
      <header>
        <h3 id={title}>{campaign.name}</h3>
        <Tag color={COLOUR[campaign.status]}>{t(`campaign.${campaign.status}`)}</Tag>
        <span title={t(`mode.${campaign.mode}.says`)}>
          {t(`mode.${campaign.mode}`)}
          {perAgent}
        </span>
        {steers && <CampaignActions campaign={campaign} />}
      </header>
      {campaign.trouble && <Alert type="warning" showIcon title={t('campaign.trouble', { why: campaign.trouble })} />}
      <dl className="rp-facts">
        <div className="rp-wide">
          <dt>{t('campaign.decision')}</dt>
          <dd className="rp-decision">
            {campaign.decision ? decisionIn(language, campaign.decision) : t('campaign.noDecision')}
          </dd>
        </div>
        <div>
          <dt>{t('campaign.calls')}</dt>
          <dd>
            <Calls campaign={campaign} />
          </dd>
        </div>
        <div>
          <dt>{t('campaign.answerRate')}</dt>
          <dd>{percent(campaign.answer_rate)}</dd>
        </div>
        <div>
          <dt>{t('campaign.expected')}</dt>
          <dd>{percent(campaign.expected_abandonment, 2)}</dd>
        </div>
        <div className="rp-wide">
          <dt>{t('campaign.abandonment')}</dt>
          <dd className="rp-windows">
            {(campaign.windows ?? []).map((one) => (
              <AbandonmentBar key={one.name} window={one} />
            ))}
            {(campaign.windows ?? []).length === 0 && t('campaign.noWindows')}
          </dd>
        </div>
        <div className="rp-wide">
          <dt>{t('campaign.holds')}</dt>
          <dd>
            <Holds campaign={campaign} />
          </dd>
        </div>
      </dl>
    </article>
  )
})

function Calls({ campaign }: { campaign: Campaign }) {
  const { t } = useText()
  const found = CALL_STATES.filter((state) => (campaign.calls?.[state] ?? 0) > 0)
  if (found.length === 0) return '0'
  return found.map((state) => `${t(`call.${state}`)} ${campaign.calls[state]}`).join(' · ')
}

/** In the glossary's order, not by count: so a number that grows does not make the others jump. */
function Holds({ campaign }: { campaign: Campaign }) {
  const { t, language } = useText()
  const [shown, setShown] = useState<Hold>()
  const found = HOLDS.filter((hold) => (campaign.holds?.[hold] ?? 0) > 0)
  if (found.length === 0 && shown === undefined) return t('campaign.noHolds')
  return (
    <>
      <ul className="rp-chips">
        {found.map((hold) => {
          const leads = count(campaign.holds[hold] ?? 0, language)
          return (
            <li key={hold}>
              <button
                type="button"
                className="rp-chip"
                aria-label={t('waiting.show', { hold: t(`hold.${hold}`), count: leads })}
                onClick={() => setShown(hold)}
              >
                {t(`hold.${hold}`)} <b>{leads}</b>
              </button>
            </li>
          )
        })}
      </ul>
      {shown && (
        <Suspense>
          <WaitingLeads
            campaignId={campaign.campaign_id}
            campaign={campaign.name}
            hold={shown}
            onClose={() => setShown(undefined)}
          />
        </Suspense>
      )}
    </>
  )
}
