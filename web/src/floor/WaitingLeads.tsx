/** The leads behind one reason to wait, a page at a time; asked for when the drawer is opened. */

import { Button, Drawer, Empty, Table } from 'antd'
import { useCallback, useEffect, useState } from 'react'
import { ask, query } from '../api/client'
import type { Hold } from '../api/payloads'
import { useTell, useText } from '../look/look'
import { moment } from '../text/format'

interface WaitingLead {
  lead_id: number
  key: string
  name: string
  number: string | null
  attempts: number
  held_until: string | null
  because: string | null
}

interface Page {
  leads: WaitingLead[]
  next: number | null
}

interface WaitingLeadsProps {
  campaignId: number
  campaign: string
  hold: Hold
  onClose: () => void
}

export default function WaitingLeads({ campaignId, campaign, hold, onClose }: WaitingLeadsProps) {
  const { t, language } = useText()
  const tell = useTell()
  const [leads, setLeads] = useState<readonly WaitingLead[]>([])
  const [next, setNext] = useState<number | null>(null)
  const [busy, setBusy] = useState(true)
  const load = useCallback(
    async (cursor?: number) => {
      setBusy(true)
      try {
        const page = await ask<Page>('GET', `/campaigns/${campaignId}/waiting?${query({ hold, cursor })}`)
        setLeads((before) => (cursor === undefined ? page.leads : [...before, ...page.leads]))
        setNext(page.next)
      } catch (error) {
        tell.wrong(error)
      } finally {
        setBusy(false)
      }
    },
    [campaignId, hold, tell],
  )
  useEffect(() => void load(), [load])
  return (
    <Drawer open size="large" onClose={onClose} title={t('waiting.title', { campaign, hold: t(`hold.${hold}`) })}>
      <div className="rp-stack">
        <Table<WaitingLead>
          rowKey="lead_id"
          size="small"
          dataSource={leads}
          loading={busy}
          pagination={false}
          scroll={{ x: 640 }}
          locale={{
            emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={busy ? ' ' : t('waiting.none')} />,
          }}
          columns={[
            { title: t('waiting.key'), dataIndex: 'key', className: 'rp-break' },
            { title: t('waiting.name'), dataIndex: 'name', className: 'rp-break' },
            { title: t('waiting.number'), className: 'rp-time', render: (_, one) => one.number ?? '–' },
            { title: t('waiting.attempts'), dataIndex: 'attempts', align: 'right' },
            {
              title: t('waiting.until'),
              className: 'rp-time',
              render: (_, one) => moment(one.held_until, language),
            },
            { title: t('waiting.because'), className: 'rp-break', render: (_, one) => one.because ?? '–' },
          ]}
        />
        <div className="rp-actions">
          {next !== null && (
            <Button loading={busy} onClick={() => void load(next)}>
              {t('waiting.more')}
            </Button>
          )}
          {/* What is scrolled needs something in it that the keyboard reaches. */}
          <Button onClick={onClose}>{t('app.close')}</Button>
        </div>
      </div>
    </Drawer>
  )
}
