/** The audit trail, newest first. */

import { Button, Table } from 'antd'
import { useMemo, useState } from 'react'
import { api } from '../api/client'
import type { AuditLine } from '../api/people'
import { useText } from '../look/look'
import { moment } from '../text/format'
import { useList } from './useList'

const [FEW, MANY] = [100, 1000]

export function Audit() {
  const { t, language } = useText()
  const [most, setMost] = useState(FEW)
  const ask = useMemo(() => () => api.audit(most), [most])
  const { list, busy, again } = useList(ask)
  // Lines have no id of their own: their place from the end never changes.
  const lines = useMemo(() => list.map((line, index) => ({ ...line, key: list.length - index })), [list])
  return (
    <div className="rp-stack">
      <div className="rp-actions">
        <Button loading={busy} onClick={() => void again()}>
          {t('app.refresh')}
        </Button>
        {list.length === FEW && most === FEW && <Button onClick={() => setMost(MANY)}>{t('calls.more')}</Button>}
      </div>
      <Table<AuditLine & { key: number }>
        size="small"
        dataSource={lines}
        loading={busy && list.length === 0}
        pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
        scroll={{ x: 800 }}
        columns={[
          { title: t('audit.at'), width: 170, render: (_, line) => moment(line.at, language) },
          { title: t('audit.who'), dataIndex: 'who', width: 160 },
          { title: t('audit.what'), dataIndex: 'what' },
          { title: t('audit.subject'), dataIndex: 'subject' },
          { title: t('audit.detail'), dataIndex: 'detail', ellipsis: true },
        ]}
      />
    </div>
  )
}
