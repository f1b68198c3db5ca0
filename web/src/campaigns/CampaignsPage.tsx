/** For operators: all campaigns with their lists; make one, load a list into one, start and pause. */

import { Button, Table, Tag } from 'antd'
import { useState } from 'react'
import type { CampaignStatus, ListedCampaign } from '../api/payloads'
import type { User } from '../api/people'
import { may } from '../api/session'
import { useText } from '../look/look'
import { useCampaigns } from './asked'
import { Lists } from './Lists'
import { LoadList } from './LoadList'
import { NewCampaign } from './NewCampaign'
import { StartPause } from './StartPause'

const COLOUR: Record<CampaignStatus, string> = { RUNNING: 'success', PAUSED: 'warning', STOPPED: 'default' }

export default function CampaignsPage({ user }: { user: User }) {
  const { t } = useText()
  const { list, busy, again } = useCampaigns()
  const [making, setMaking] = useState(false)
  const [loading, setLoading] = useState<ListedCampaign>()
  const [loaded, setLoaded] = useState(0)
  const [open, setOpen] = useState<readonly number[]>([])
  const [steers, loads] = [may(user, 'STEER_CAMPAIGNS'), may(user, 'LOAD_LEADS')]

  const made = async (campaignId: number) => {
    setMaking(false)
    setOpen((before) => [...before, campaignId])
    await again()
  }
  const taken = (campaignId: number) => {
    setLoaded((before) => before + 1)
    setOpen((before) => [...before.filter((one) => one !== campaignId), campaignId])
  }
  return (
    <div className="rp-stack">
      <h1>{t('campaigns.title')}</h1>
      <div className="rp-actions">
        {steers && (
          <Button type="primary" onClick={() => setMaking(true)}>
            {t('campaigns.new')}
          </Button>
        )}
        <Button loading={busy} onClick={() => void again()}>
          {t('app.refresh')}
        </Button>
      </div>
      <Table<ListedCampaign>
        rowKey="campaign_id"
        size="small"
        dataSource={list}
        loading={busy && list.length === 0}
        locale={{ emptyText: t('campaigns.none') }}
        pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
        scroll={{ x: 700 }}
        expandable={{
          expandedRowKeys: open,
          onExpandedRowsChange: (keys) => setOpen(keys.map(Number)),
          expandedRowRender: (one) => <Lists campaignId={one.campaign_id} loads={loads} version={loaded} />,
        }}
        columns={[
          { title: t('campaigns.name'), dataIndex: 'name' },
          {
            title: t('campaigns.status'),
            width: 110,
            render: (_, one) => <Tag color={COLOUR[one.status]}>{t(`campaign.${one.status}`)}</Tag>,
          },
          {
            title: t('campaigns.mode'),
            width: 130,
            render: (_, one) => <span title={t(`mode.${one.mode}.says`)}>{t(`mode.${one.mode}`)}</span>,
          },
          {
            title: t('campaigns.actions'),
            width: 230,
            render: (_, one) => (
              <span className="rp-actions">
                {loads && (
                  <Button size="small" onClick={() => setLoading(one)}>
                    {t('lists.load')}
                  </Button>
                )}
                {steers && <StartPause campaign={one} start="campaigns.start" onDone={again} />}
              </span>
            ),
          },
        ]}
      />
      {making && <NewCampaign onClose={() => setMaking(false)} onMade={made} />}
      {loading && (
        <LoadList campaign={loading} onTaken={() => taken(loading.campaign_id)} onClose={() => setLoading(undefined)} />
      )}
    </div>
  )
}
