/** Finds calls, follows one from beginning to end, and plays what was said. */

import { Button, Empty, Table, type TableProps } from 'antd'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { api } from '../api/client'
import type { Attempt } from '../api/payloads'
import type { User } from '../api/people'
import { may } from '../api/session'
import { useTell, useText } from '../look/look'
import type { Translate } from '../text/dictionary'
import { duration, moment } from '../text/format'
import type { Language } from '../text/language'
import { CallDetails } from './CallDetails'
import { FilterBar, type Filters, NO_FILTERS, queryOf } from './FilterBar'

const PAGE = 50

export default function CallsPage({ user }: { user: User }) {
  const { t, language } = useText()
  const tell = useTell()
  const [found, setFound] = useState<readonly Attempt[]>([])
  const [next, setNext] = useState<string | null>(null)
  const [busy, setBusy] = useState(true)
  /** What the list was made with: more of it must be more of the same, whatever is being typed meanwhile. */
  const asked = useRef<Filters>(NO_FILTERS)
  const latest = useRef(0)

  const load = useCallback(
    async (filters: Filters, cursor?: string) => {
      asked.current = filters
      latest.current += 1
      const turn = latest.current
      setBusy(true)
      try {
        const page = await api.attempts({ ...queryOf(filters), cursor, limit: PAGE })
        if (turn !== latest.current) return
        setFound((before) => (cursor === undefined ? page.attempts : [...before, ...page.attempts]))
        setNext(page.next)
      } catch (error) {
        if (turn === latest.current) tell.wrong(error)
      } finally {
        if (turn === latest.current) setBusy(false)
      }
    },
    [tell],
  )
  useEffect(() => void load(NO_FILTERS), [load])

  const hears = may(user, 'HEAR_RECORDINGS')
  const columns = useMemo(() => columnsOf(t, language), [t, language])
  return (
    <div className="rp-stack">
      <h1>{t('calls.title')}</h1>
      <FilterBar onFind={(filters) => void load(filters)} busy={busy} />
      {hears && <p className="rp-quiet">{t('calls.logged')}</p>}
      <Table<Attempt>
        rowKey="attempt_id"
        size="small"
        columns={columns}
        dataSource={found}
        loading={busy}
        pagination={false}
        scroll={{ x: 900 }}
        locale={{
          emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={busy ? ' ' : t('calls.none')} />,
        }}
        expandable={{
          expandedRowRender: (attempt) => <CallDetails attempt={attempt} rights={user.rights} />,
          columnTitle: <span className="rp-hidden">{t('calls.details')}</span>,
        }}
      />
      <div className="rp-actions">
        <span role="status" className="rp-quiet">
          {!busy && t('calls.found', { count: found.length })}
        </span>
        {next !== null && (
          <Button loading={busy} onClick={() => void load(asked.current, next)}>
            {t('calls.more')}
          </Button>
        )}
      </div>
    </div>
  )
}

function columnsOf(t: Translate, language: Language): NonNullable<TableProps<Attempt>['columns']> {
  return [
    { title: t('calls.at'), width: 170, render: (_, one) => moment(one.queued_at, language) },
    { title: t('calls.campaign'), ellipsis: true, render: (_, one) => one.campaign.name },
    { title: t('calls.name'), dataIndex: 'name', ellipsis: true },
    { title: t('calls.number'), dataIndex: 'number', width: 130 },
    { title: t('calls.agent'), width: 90, render: (_, one) => one.agent_id ?? '–' },
    { title: t('calls.outcome'), width: 120, render: (_, one) => (one.outcome ? t(`outcome.${one.outcome}`) : '–') },
    {
      title: t('calls.disposition'),
      width: 130,
      render: (_, one) => (one.disposition ? t(`disposition.${one.disposition}`) : '–'),
    },
    {
      title: t('calls.talk'),
      width: 90,
      align: 'right',
      render: (_, one) => (one.talk_s === null ? '–' : duration(one.talk_s)),
    },
    {
      title: t('calls.recording'),
      width: 90,
      align: 'right',
      render: (_, one) => (one.recording ? soundOf(one.recording, t) : '–'),
    },
  ]
}

function soundOf(recording: NonNullable<Attempt['recording']>, t: Translate): string {
  return recording.state === 'STORED' ? duration(recording.duration_s ?? 0) : t(`recording.${recording.state}`)
}
