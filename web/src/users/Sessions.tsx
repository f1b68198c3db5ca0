/** Who is logged in, from where; an admin may end a session. */

import { App, Button, Table } from 'antd'
import { api } from '../api/client'
import type { LoggedIn } from '../api/people'
import { useTell, useText } from '../look/look'
import { moment } from '../text/format'
import { useList } from './useList'

export function Sessions() {
  const { t, language } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const { list, busy, again } = useList(api.sessions)
  const end = (one: LoggedIn) =>
    modal.confirm({
      title: t('sessions.end.title', { name: one.username }),
      content: t('sessions.end.says'),
      okText: t('sessions.end'),
      okButtonProps: { danger: true },
      cancelText: t('app.cancel'),
      onOk: () => api.endSession(one.session_id).then(again).catch(tell.wrong),
    })
  return (
    <div className="rp-stack">
      <div className="rp-actions">
        <Button loading={busy} onClick={() => void again()}>
          {t('app.refresh')}
        </Button>
      </div>
      <Table<LoggedIn>
        rowKey="session_id"
        size="small"
        dataSource={list}
        loading={busy && list.length === 0}
        pagination={false}
        scroll={{ x: 800 }}
        columns={[
          { title: t('users.username'), dataIndex: 'username' },
          { title: t('sessions.began'), render: (_, one) => moment(one.began_at, language) },
          { title: t('sessions.seen'), render: (_, one) => moment(one.seen_at, language) },
          { title: t('sessions.address'), dataIndex: 'address' },
          { title: t('sessions.browser'), dataIndex: 'browser', ellipsis: true },
          {
            title: t('users.actions'),
            width: 90,
            render: (_, one) => (
              <Button size="small" danger onClick={() => end(one)}>
                {t('sessions.end')}
              </Button>
            ),
          },
        ]}
      />
    </div>
  )
}
