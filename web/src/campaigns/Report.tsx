/** What became of a list: how many leads were taken, and each refused row with its reason. All of it is shown as text. */

import { Alert, Table } from 'antd'
import { rejectedAddress } from '../api/client'
import type { ImportReport, RejectedRow } from '../api/payloads'
import { useText } from '../look/look'
import { count } from '../text/format'

export function Report({ report }: { report: ImportReport }) {
  const { t, language } = useText()
  const told = (many: number) => count(many, language)
  return (
    <div className="rp-stack">
      <Alert
        type={report.accepted === 0 ? 'error' : report.rejected_count > 0 ? 'warning' : 'success'}
        showIcon
        title={t('lists.report', { accepted: told(report.accepted), total: told(report.total) })}
      />
      {report.rejected_count > 0 && (
        <>
          <p>
            {t('lists.refused', { count: told(report.rejected_count) })}
            {report.rejected_count > report.rejected.length &&
              ` · ${t('lists.firstOnes', { count: told(report.rejected.length) })}`}{' '}
            <a href={rejectedAddress(report.campaign_id, report.list_id)} download>
              {t('lists.download')}
            </a>
          </p>
          <Table<RejectedRow>
            rowKey="row"
            size="small"
            dataSource={report.rejected}
            pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
            columns={[
              { title: t('lists.row'), dataIndex: 'row', width: 80 },
              { title: t('lists.field'), dataIndex: 'field', width: 130 },
              { title: t('lists.reason'), dataIndex: 'reason' },
              { title: t('lists.raw'), dataIndex: 'raw', ellipsis: true },
            ]}
          />
        </>
      )}
    </div>
  )
}
