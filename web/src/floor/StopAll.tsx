/** One button that stops all dialling: every campaign that runs is paused, each by itself, so none holds up another. */

import { StopFilled } from '@ant-design/icons'
import { App, Button } from 'antd'
import { api } from '../api/client'
import type { Campaign } from '../api/payloads'
import { useTell, useText } from '../look/look'

export function StopAll({ campaigns }: { campaigns: readonly Campaign[] }) {
  const { t } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const running = campaigns.filter((campaign) => campaign.status === 'RUNNING')

  const stop = async () => {
    const answers = await Promise.allSettled(running.map((one) => api.command(one.campaign_id, { do: 'pause' })))
    const failed = running.filter((_, index) => answers[index]?.status === 'rejected')
    if (failed.length === 0) tell.right(t('floor.stopAll.done', { count: running.length }))
    else tell.wrong(new Error(t('floor.stopAll.failed', { names: failed.map((one) => one.name).join(', ') })))
  }
  const ask = () =>
    modal.confirm({
      title: t('floor.stopAll.title', { count: running.length }),
      content: t('floor.stopAll.says'),
      okText: t('floor.stopAll'),
      okButtonProps: { danger: true },
      cancelText: t('app.cancel'),
      onOk: stop,
    })

  return (
    <Button danger type="primary" size="large" icon={<StopFilled />} disabled={running.length === 0} onClick={ask}>
      {t('floor.stopAll')}
    </Button>
  )
}
