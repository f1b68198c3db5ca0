/** The users: add one, change a role, disable, give a new password. */

import { App, Button, Select, Table, Tag } from 'antd'
import { useState } from 'react'
import { api } from '../api/client'
import { type KnownUser, ROLES, type Role, type UserChange } from '../api/people'
import { useTell, useText } from '../look/look'
import { moment } from '../text/format'
import { AddUser } from './AddUser'
import { type Given, PasswordOnce } from './PasswordOnce'
import { useList } from './useList'

export function Users({ self }: { self: string }) {
  const { t, language } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const { list, busy, again } = useList(api.users)
  const [adding, setAdding] = useState(false)
  const [given, setGiven] = useState<Given>()

  const confirm = (title: string, content: string, then: () => Promise<void>, danger = true) =>
    modal.confirm({
      title,
      content,
      okText: t('users.confirm'),
      okButtonProps: { danger },
      cancelText: t('app.cancel'),
      onOk: () => then().catch(tell.wrong),
    })
  const change = async (user: KnownUser, what: UserChange) => {
    await api.changeUser(user.username, what)
    tell.right(t('users.done', { name: user.name }))
    await again()
  }
  const changeRole = (user: KnownUser, role: Role) =>
    confirm(t('users.role.title', { name: user.name, role: t(`role.${role}`) }), t('users.role.says'), () =>
      change(user, { role }),
    )
  const disable = (user: KnownUser) =>
    confirm(t('users.disable.title', { name: user.name }), t('users.disable.says'), () =>
      change(user, { disabled: true }),
    )
  const renew = (user: KnownUser) =>
    confirm(t('users.newPassword.title', { name: user.name }), t('users.newPassword.says'), async () => {
      const { password } = await api.newPassword(user.username)
      setGiven({ name: user.name, password })
    })

  return (
    <div className="rp-stack">
      <div className="rp-actions">
        <Button type="primary" onClick={() => setAdding(true)}>
          {t('users.add')}
        </Button>
        <Button loading={busy} onClick={() => void again()}>
          {t('app.refresh')}
        </Button>
      </div>
      <Table<KnownUser>
        rowKey="username"
        size="small"
        dataSource={list}
        loading={busy && list.length === 0}
        pagination={false}
        scroll={{ x: 900 }}
        columns={[
          { title: t('users.username'), dataIndex: 'username' },
          { title: t('users.name'), dataIndex: 'name' },
          {
            title: t('users.role'),
            width: 140,
            render: (_, one) => (
              <Select
                size="small"
                style={{ width: 120 }}
                aria-label={`${t('users.role')}: ${one.name}`}
                value={one.role}
                disabled={one.username === self}
                onChange={(role) => changeRole(one, role)}
                options={ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))}
              />
            ),
          },
          { title: t('users.team'), render: (_, one) => one.team ?? '–' },
          { title: t('users.agentId'), render: (_, one) => one.agent_id ?? '–' },
          {
            title: t('users.state'),
            render: (_, one) =>
              one.disabled_at === null ? (
                <Tag color="success">{t('users.active')}</Tag>
              ) : (
                <Tag title={moment(one.disabled_at, language)}>{t('users.disabled')}</Tag>
              ),
          },
          {
            title: t('users.actions'),
            width: 220,
            render: (_, one) => (
              <span className="rp-actions">
                <Button size="small" disabled={one.username === self} onClick={() => renew(one)}>
                  {t('users.newPassword')}
                </Button>
                {one.disabled_at === null ? (
                  <Button size="small" danger disabled={one.username === self} onClick={() => disable(one)}>
                    {t('users.disable')}
                  </Button>
                ) : (
                  <Button size="small" onClick={() => change(one, { disabled: false }).catch(tell.wrong)}>
                    {t('users.enable')}
                  </Button>
                )}
              </span>
            ),
          },
        ]}
      />
      {adding && (
        <AddUser
          onClose={() => setAdding(false)}
          onAdded={(added) => {
            setAdding(false)
            setGiven(added)
            void again()
          }}
        />
      )}
      {given && <PasswordOnce given={given} onClose={() => setGiven(undefined)} />}
    </div>
  )
}
