/** The lists of one campaign: where each came from, how many leads were taken, and what was refused as a file. */

import { Table } from 'antd'
import { useMemo } from 'react'
import { api, rejectedAddress } from '../api/client'
import type { LeadList } from '../api/payloads'
import { useText } from '../look/look'
import { count, moment } from '../text/format'
import { useList } from '../users/useList'

/** Another `version`: something was loaded meanwhile. */
export function Lists({ campaignId, loads, version }: { campaignId: number; loads: boolean; version: number }) {
  const { t, language } = useText()
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version is a reason to ask again
  const ask = useMemo(() => async () => (await api.campaign(campaignId)).lists, [campaignId, version])
  const { list, busy } = useList(ask)
  return (
    <Table<LeadList>
      rowKey="list_id"
      size="small"
      dataSource={list}
      loading={busy && list.length === 0}
      locale={{ emptyText: t('lists.none') }}
      pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
      columns={[
        {
          title: t('lists.title'),
          render: (_, one) => (
            <>
              {one.name}
              {one.prime_since && (
                <span className="rp-quiet"> · {t('lists.prime', { at: moment(one.prime_since, language) })}</span>
              )}
            </>
          ),
        },
        { title: t('lists.source'), dataIndex: 'source' },
        { title: t('lists.at'), width: 170, render: (_, one) => moment(one.imported_at, language) },
        { title: t('lists.accepted'), width: 100, render: (_, one) => count(one.accepted, language) },
        {
          title: t('lists.rejected'),
          width: 100,
          render: (_, one) =>
            loads && one.rejected > 0 ? (
              <a
                href={rejectedAddress(campaignId, one.list_id)}
                download
                title={t('lists.download')}
                aria-label={`${t('lists.download')}: ${one.name}`}
              >
                {count(one.rejected, language)}
              </a>
            ) : (
              count(one.rejected, language)
            ),
        },
      ]}
    />
  )
}
