/** Pause, resume, stop and pacing of one campaign; what cannot be taken back by one click is asked first. */

import { App, Button } from 'antd'
import { useState } from 'react'
import { api } from '../api/client'
import type { Campaign, CampaignAnswer, CampaignCommand } from '../api/payloads'
import { useTell, useText } from '../look/look'
import { PacingDialog } from './PacingDialog'

export function CampaignActions({ campaign }: { campaign: Campaign }) {
  const { t } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const [pacing, setPacing] = useState(false)
  const [busy, setBusy] = useState(false)
  const name = campaign.name

  const give = async (command: CampaignCommand): Promise<CampaignAnswer | undefined> => {
    setBusy(true)
    try {
      const answer = await api.command(campaign.campaign_id, command)
      tell.right(t('campaign.done', { name, status: t(`campaign.${answer.status}`) }))
      return answer
    } catch (error) {
      tell.wrong(error)
      return undefined
    } finally {
      setBusy(false)
    }
  }
  const confirm = (what: 'pause' | 'stop') =>
    modal.confirm({
      title: t(`campaign.${what}.title`, { name }),
      content: t(`campaign.${what}.says`),
      okText: t(`campaign.${what}`),
      okButtonProps: { danger: true },
      cancelText: t('app.cancel'),
      autoFocusButton: 'cancel',
      onOk: () => give({ do: what }),
    })

  return (
    <span className="rp-actions">
      {campaign.status === 'RUNNING' && (
        <Button size="small" disabled={busy} onClick={() => confirm('pause')}>
          {t('campaign.pause')}
        </Button>
      )}
      {campaign.status === 'PAUSED' && (
        <Button size="small" type="primary" disabled={busy} onClick={() => give({ do: 'resume' })}>
          {t('campaign.resume')}
        </Button>
      )}
      <Button size="small" disabled={busy || campaign.status === 'STOPPED'} onClick={() => setPacing(true)}>
        {t('campaign.pacing')}
      </Button>
      <Button size="small" danger disabled={busy || campaign.status === 'STOPPED'} onClick={() => confirm('stop')}>
        {t('campaign.stop')}
      </Button>
      {pacing && <PacingDialog campaign={campaign} onClose={() => setPacing(false)} />}
    </span>
  )
}
