/** What calls came to: choose days, a group and a campaign; see bars, the funnel and the figures, save them as CSV. */

import { Button, Empty, Select, Table, type TableColumnsType } from 'antd'
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { api } from '../api/client'
import type { User } from '../api/people'
import {
  type Came,
  csvAddress,
  GROUPS,
  type Group,
  type Report,
  type ReportLine,
  type ReportQuery,
  report,
  zone,
} from '../api/reports'
import { may } from '../api/session'
import { useTell, useText } from '../look/look'
import type { Translate } from '../text/dictionary'
import { count, duration, percent } from '../text/format'
import type { Language } from '../text/language'
import { boundsOf, lastDays } from './period'
import './reports.css'

const Charts = lazy(() => import('./Charts'))

const DAYS = 7
const COUNTS = [
  'placed',
  'answered',
  'bridged',
  'long_talks',
  'agreed',
  'refused',
  'call_backs',
  'abandoned',
] as const satisfies readonly (keyof Came)[]

interface Wanted {
  by: Group
  from: string
  to: string
  campaign: string
}

const queryOf = (wanted: Wanted): ReportQuery => ({
  by: wanted.by,
  ...boundsOf(wanted.from, wanted.to),
  campaign: wanted.campaign,
  zone: zone(),
})

export default function ReportsPage({ user }: { user: User }) {
  const { t, language } = useText()
  const tell = useTell()
  const [wanted, setWanted] = useState<Wanted>(() => ({ by: 'day', ...lastDays(DAYS, new Date()), campaign: '' }))
  /** What the page shows; the form may be ahead of it. */
  const [shown, setShown] = useState<{ query: ReportQuery; report: Report }>()
  const [busy, setBusy] = useState(true)
  const latest = useRef(0)

  const show = useCallback(
    async (what: Wanted) => {
      latest.current += 1
      const turn = latest.current
      setBusy(true)
      try {
        const query = queryOf(what)
        const found = await report(query)
        if (turn === latest.current) setShown({ query, report: found })
      } catch (error) {
        if (turn === latest.current) tell.wrong(error)
      } finally {
        if (turn === latest.current) setBusy(false)
      }
    },
    [tell],
  )
  const first = useRef(wanted)
  useEffect(() => void show(first.current), [show])

  const by = shown?.query.by ?? wanted.by
  const columns = useMemo(() => columnsOf(by, t, language), [by, t, language])
  const lines = shown?.report.lines ?? []
  return (
    <div className="rp-stack">
      <h1>{t('reports.title')}</h1>
      <Asked user={user} wanted={wanted} onChange={setWanted} onShow={() => void show(wanted)}>
        {shown && lines.length > 0 && (
          <Button href={csvAddress(shown.query)} download>
            {t('reports.csv')}
          </Button>
        )}
      </Asked>
      {shown && lines.length > 0 && (
        <Suspense fallback={<div className="rp-box rp-chart-box" />}>
          <Charts report={shown.report} />
        </Suspense>
      )}
      <Table<ReportLine>
        rowKey="key"
        size="small"
        columns={columns}
        dataSource={lines}
        loading={busy}
        pagination={lines.length > 100 ? { pageSize: 100, showSizeChanger: false } : false}
        scroll={{ x: 1000 }}
        locale={{
          emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={busy ? ' ' : t('reports.none')} />,
        }}
        summary={() =>
          shown && lines.length > 0 && <Sum total={shown.report.total} language={language} title={t('reports.total')} />
        }
      />
      {shown && shown.report.left_out > 0 && (
        <p role="status">{t('reports.leftOut', { count: shown.report.left_out })}</p>
      )}
    </div>
  )
}

interface AskedProps {
  user: User
  wanted: Wanted
  onChange: (wanted: Wanted) => void
  onShow: () => void
  children: ReactNode
}

function Asked({ user, wanted, onChange, onShow, children }: AskedProps) {
  const { t } = useText()
  const [campaigns, setCampaigns] = useState<{ value: string; label: string }[]>([])
  const sees = may(user, 'SEE_FLOOR')
  useEffect(() => {
    if (!sees) return
    let here = true
    // Without their names the report can still be asked for, of all of them.
    api
      .campaigns()
      .then((all) => here && setCampaigns(all.map((one) => ({ value: String(one.campaign_id), label: one.name }))))
      .catch(() => undefined)
    return () => {
      here = false
    }
  }, [sees])
  const change = (more: Partial<Wanted>) => onChange({ ...wanted, ...more })
  return (
    <form
      className="rp-filters"
      onSubmit={(event) => {
        event.preventDefault()
        onShow()
      }}
    >
      <Field label={t('reports.by')}>
        <Select
          value={wanted.by}
          onChange={(by) => change({ by })}
          options={GROUPS.map((one) => ({ value: one, label: t(`reports.by.${one}`) }))}
        />
      </Field>
      {(['from', 'to'] as const).map((end) => (
        <Field key={end} label={t(`reports.${end}`)}>
          <input
            type="date"
            required
            className="rp-input"
            value={wanted[end]}
            onChange={(event) => change({ [end]: event.target.value })}
          />
        </Field>
      ))}
      {sees && (
        <Field label={t('reports.campaign')} wide>
          <Select
            value={wanted.campaign}
            onChange={(campaign) => change({ campaign })}
            showSearch={{ optionFilterProp: 'label' }}
            options={[{ value: '', label: t('reports.all') }, ...campaigns]}
          />
        </Field>
      )}
      <Button type="primary" htmlType="submit">
        {t('reports.show')}
      </Button>
      {children}
    </form>
  )
}

function Field({ label, wide = false, children }: { label: string; wide?: boolean; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label className={wide ? 'rp-field rp-field-wide' : 'rp-field'}>
      <span>{label}</span>
      {children}
    </label>
  )
}

function Sum({ total, language, title }: { total: Came; language: Language; title: string }) {
  return (
    <Table.Summary.Row>
      <Table.Summary.Cell index={0}>
        <b>{title}</b>
      </Table.Summary.Cell>
      {COUNTS.map((key, index) => (
        <Table.Summary.Cell key={key} index={index + 1} align="right">
          <b className="rp-time">{count(total[key], language)}</b>
        </Table.Summary.Cell>
      ))}
      <Table.Summary.Cell index={COUNTS.length + 1} align="right">
        <b className="rp-time">{duration(total.talk_s)}</b>
      </Table.Summary.Cell>
      <Table.Summary.Cell index={COUNTS.length + 2} />
    </Table.Summary.Row>
  )
}

function columnsOf(by: Group, t: Translate, language: Language): TableColumnsType<ReportLine> {
  return [
    {
      title: t(`reports.by.${by}`),
      render: (_, line) => (by === 'hour' ? `${line.key}:00` : line.name || t('reports.nobody')),
    },
    ...COUNTS.map((key) => ({
      title: t(`reports.${key}`),
      align: 'right' as const,
      className: 'rp-time',
      sorter: (one: ReportLine, other: ReportLine) => one[key] - other[key],
      render: (_: unknown, line: ReportLine) => count(line[key], language),
    })),
    { title: t('reports.talk_s'), align: 'right', className: 'rp-time', render: (_, line) => duration(line.talk_s) },
    {
      title: t('reports.occupancy'),
      align: 'right',
      className: 'rp-time',
      render: (_, line) => percent(line.occupancy),
    },
  ]
}
