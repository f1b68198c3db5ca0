/** What reviews come to by agent and week: a table, a chart of the weeks, and the same as a file. */

import { Button, Table } from 'antd'
import { lazy, Suspense } from 'react'
import { useText } from '../look/look'
import { useList } from '../users/useList'
import { asking, resultsFile } from './asking'
import type { Result } from './types'

const Chart = lazy(() => import('./ResultsChart'))

export function Results() {
  const { t } = useText()
  const { list, busy } = useList(asking.results)
  const score = (value: number | null) => (value === null ? '–' : value.toFixed(1))
  return (
    <div className="rp-stack">
      <div className="rp-actions">
        <Button href={resultsFile}>{t('results.csv')}</Button>
      </div>
      {list.length > 0 && (
        <Suspense fallback={<p className="rp-empty">{t('app.loading')}</p>}>
          <Chart results={list} />
        </Suspense>
      )}
      <Table<Result>
        rowKey={(one) => `${one.agent_id} ${one.week}`}
        size="small"
        dataSource={list}
        loading={busy}
        pagination={false}
        locale={{ emptyText: busy ? ' ' : t('results.none') }}
        columns={[
          { title: t('results.week'), dataIndex: 'week' },
          { title: t('results.agent'), dataIndex: 'agent_id' },
          { title: t('results.reviews'), dataIndex: 'reviews', align: 'right' },
          { title: t('results.mean'), align: 'right', render: (_, one) => score(one.mean) },
          { title: t('results.lowest'), align: 'right', render: (_, one) => score(one.lowest) },
          { title: t('results.failed'), dataIndex: 'failed', align: 'right' },
        ]}
      />
    </div>
  )
}
