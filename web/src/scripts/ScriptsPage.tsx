/** For operators: all scripts; write one, with what is wrong told as one types, walk through it, keep it as a version. */

import { Button, Table } from 'antd'
import { useState } from 'react'
import type { User } from '../api/people'
import { type ListedScript, scriptsApi } from '../api/scripts'
import { useText } from '../look/look'
import { moment } from '../text/format'
import { useList } from '../users/useList'
import { Editor } from './Editor'

export default function ScriptsPage(_: { user: User }) {
  const { t, language } = useText()
  const { list, busy, again } = useList(scriptsApi.all)
  /** The script that is written on; null for a new one. */
  const [open, setOpen] = useState<string | null>()
  if (open !== undefined) {
    return (
      <Editor
        key={open}
        name={open}
        onSaved={(name) => {
          setOpen(name)
          void again()
        }}
        onClose={() => {
          setOpen(undefined)
          void again()
        }}
      />
    )
  }
  return (
    <div className="rp-stack">
      <h1>{t('scripts.title')}</h1>
      <div className="rp-actions">
        <Button type="primary" onClick={() => setOpen(null)}>
          {t('scripts.new')}
        </Button>
        <Button loading={busy} onClick={() => void again()}>
          {t('app.refresh')}
        </Button>
      </div>
      <Table<ListedScript>
        rowKey="name"
        size="small"
        dataSource={list}
        loading={busy && list.length === 0}
        locale={{ emptyText: t('scripts.none') }}
        pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
        scroll={{ x: 700 }}
        columns={[
          {
            title: t('scripts.name'),
            dataIndex: 'name',
            render: (name: string) => (
              <Button size="small" aria-label={t('scripts.edit', { name })} onClick={() => setOpen(name)}>
                {name}
              </Button>
            ),
          },
          { title: t('scripts.version'), dataIndex: 'version' },
          { title: t('scripts.madeBy'), dataIndex: 'made_by' },
          { title: t('scripts.madeAt'), dataIndex: 'made_at', render: (at: string) => moment(at, language) },
          { title: t('scripts.campaigns'), render: (_value, one) => one.campaigns.join(', ') || '–' },
        ]}
      />
    </div>
  )
}
