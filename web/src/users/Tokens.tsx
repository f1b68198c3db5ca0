/** Other systems' tokens: make one with the rights it needs, shown once; revoke one. */

import { App, Button, Checkbox, Empty, Form, Input, Table, Tag } from 'antd'
import { useState } from 'react'
import { RIGHTS, type Token, tokensApi } from '../api/hooks'
import type { Right } from '../api/people'
import { useTell, useText } from '../look/look'
import { moment } from '../text/format'
import { AddDialog, useRules } from './AddDialog'
import { type Given, PasswordOnce } from './PasswordOnce'
import { useList } from './useList'

export function Tokens() {
  const { t, language } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const { list, busy, again } = useList(tokensApi.all)
  const [adding, setAdding] = useState(false)
  const [given, setGiven] = useState<Given>()
  const revoke = (one: Token) =>
    modal.confirm({
      title: t('tokens.revoke.title', { name: one.name }),
      content: t('tokens.revoke.says'),
      okText: t('tokens.revoke'),
      okButtonProps: { danger: true },
      cancelText: t('app.cancel'),
      onOk: () => tokensApi.revoke(one.name).then(again).catch(tell.wrong),
    })
  return (
    <div className="rp-stack">
      <div className="rp-actions">
        <Button type="primary" onClick={() => setAdding(true)}>
          {t('tokens.add')}
        </Button>
        <Button loading={busy} onClick={() => void again()}>
          {t('app.refresh')}
        </Button>
      </div>
      <Table<Token>
        rowKey="name"
        size="small"
        dataSource={list}
        loading={busy && list.length === 0}
        pagination={false}
        scroll={{ x: 800 }}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('tokens.none')} /> }}
        columns={[
          { title: t('tokens.name'), dataIndex: 'name' },
          {
            title: t('tokens.rights'),
            render: (_, one) => one.rights.map((right) => <Tag key={right}>{t(`tokens.right.${right}`)}</Tag>),
          },
          { title: t('tokens.made'), render: (_, one) => moment(one.created_at, language) },
          { title: t('tokens.by'), dataIndex: 'created_by' },
          {
            title: t('users.state'),
            render: (_, one) =>
              one.revoked_at === null ? (
                <Tag color="success">{t('tokens.active')}</Tag>
              ) : (
                <Tag title={moment(one.revoked_at, language)}>{t('tokens.revoked')}</Tag>
              ),
          },
          {
            title: t('users.actions'),
            width: 90,
            render: (_, one) =>
              one.revoked_at === null && (
                <Button size="small" danger onClick={() => revoke(one)}>
                  {t('tokens.revoke')}
                </Button>
              ),
          },
        ]}
      />
      {adding && (
        <AddToken
          onClose={() => setAdding(false)}
          onAdded={(name, token) => {
            setAdding(false)
            setGiven({
              name,
              password: token,
              title: t('tokens.once.title', { name }),
              says: t('tokens.once.says'),
            })
            void again()
          }}
        />
      )}
      {given && <PasswordOnce given={given} onClose={() => setGiven(undefined)} />}
    </div>
  )
}

interface Filled {
  name: string
  rights: Right[]
}

function AddToken({ onClose, onAdded }: { onClose: () => void; onAdded: (name: string, token: string) => void }) {
  const { t } = useText()
  const { needed, named } = useRules()
  const add = async ({ name, rights }: Filled) => onAdded(name, (await tokensApi.add(name, rights)).token)
  return (
    <AddDialog<Filled> title={t('tokens.add')} add={add} onClose={onClose}>
      <Form.Item name="name" label={t('tokens.name')} rules={[needed, named]}>
        <Input autoComplete="off" maxLength={40} />
      </Form.Item>
      <Form.Item name="rights" label={t('tokens.rights')} rules={[needed]}>
        <Checkbox.Group
          style={{ display: 'grid', gridTemplateColumns: '1fr 1fr' }}
          options={RIGHTS.map((right) => ({ value: right, label: t(`tokens.right.${right}`) }))}
        />
      </Form.Item>
    </AddDialog>
  )
}
