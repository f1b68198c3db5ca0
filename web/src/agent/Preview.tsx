/** For campaigns in preview mode: the next lead is looked at first, and called when the agent asks for it. */

import { Button } from 'antd'
import { useMemo, useState } from 'react'
import { api } from '../api/client'
import type { PreviewedLead } from '../api/payloads'
import { useStore } from '../api/store'
import { news } from '../api/stream'
import { useTell, useText } from '../look/look'

interface Looked {
  campaignId: number
  campaign: string
  lead: PreviewedLead
}

/** Shown to an agent who is READY; nothing where no campaign asks for it. */
export function Preview({ agentId }: { agentId: string }) {
  const { t } = useText()
  const tell = useTell()
  const campaigns = useStore(news, (told) => told.campaigns)
  const [looked, setLooked] = useState<Looked>()
  const [busy, setBusy] = useState(false)
  const inPreview = useMemo(
    () => [...campaigns.values()].filter((one) => one.mode === 'PREVIEW' && one.status === 'RUNNING'),
    [campaigns],
  )
  if (inPreview.length === 0) return null

  const act = async (asked: () => Promise<void>) => {
    setBusy(true)
    try {
      await asked()
    } catch (error) {
      tell.wrong(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <section className="rp-box rp-stack" aria-label={t('preview.title')}>
      <div className="rp-actions">
        {inPreview.map(({ campaign_id, name }) => (
          <Button
            key={campaign_id}
            disabled={busy}
            onClick={() =>
              act(async () =>
                setLooked({ campaignId: campaign_id, campaign: name, lead: await api.preview(agentId, campaign_id) }),
              )
            }
          >
            {t('preview.next', { name })}
          </Button>
        ))}
      </div>
      {looked && (
        <div aria-live="polite">
          <h2>{looked.lead.name || t('customer.noName')}</h2>
          <dl className="rp-card">
            <dt>{t('customer.campaign')}</dt>
            <dd>{looked.campaign}</dd>
            <dt>{t('preview.attempts')}</dt>
            <dd>{looked.lead.attempts}</dd>
            {Object.entries(looked.lead.attributes ?? {}).map(([name, value]) => (
              <div key={name} className="rp-row">
                <dt>{name}</dt>
                <dd>{String(value)}</dd>
              </div>
            ))}
          </dl>
          <Button
            type="primary"
            size="large"
            disabled={busy}
            onClick={() => act(() => api.dialPreview(agentId, looked.campaignId, looked.lead.lead_id))}
          >
            {t('preview.call')}
          </Button>
        </div>
      )}
    </section>
  )
}
