/** Starts or pauses one campaign, by the same commands as on the floor; a pause is asked first. */

import { App, Button } from 'antd'
import { useState } from 'react'
import { api } from '../api/client'
import type { ListedCampaign } from '../api/payloads'
import { useTell, useText } from '../look/look'

interface Props {
  campaign: ListedCampaign
  /** What starting is called here. */
  start: 'campaigns.start' | 'campaign.resume'
  onDone: () => Promise<void>
}

export function StartPause({ campaign, start, onDone }: Props) {
  const { t } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const [busy, setBusy] = useState(false)
  const { name, status } = campaign

  const give = async (what: 'pause' | 'resume') => {
    setBusy(true)
    try {
      const answer = await api.command(campaign.campaign_id, { do: what })
      tell.right(t('campaign.done', { name, status: t(`campaign.${answer.status}`) }))
      await onDone()
    } catch (error) {
      tell.wrong(error)
    } finally {
      setBusy(false)
    }
  }
  if (status === 'PAUSED') {
    return (
      <Button size="small" type="primary" disabled={busy} onClick={() => give('resume')}>
        {t(start)}
      </Button>
    )
  }
  if (status !== 'RUNNING') return null
  const ask = () =>
    modal.confirm({
      title: t('campaign.pause.title', { name }),
      content: t('campaign.pause.says'),
      okText: t('campaign.pause'),
      okButtonProps: { danger: true },
      cancelText: t('app.cancel'),
      autoFocusButton: 'cancel',
      onOk: () => give('pause'),
    })
  return (
    <Button size="small" disabled={busy} onClick={ask}>
      {t('campaign.pause')}
    </Button>
  )
}
