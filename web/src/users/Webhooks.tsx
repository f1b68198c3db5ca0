/** Webhooks: which other systems are told of calls, whether they take it, and the means to try and mend them. */

import { App, Button, Empty, Table, Tag } from 'antd'
import { useState } from 'react'
import { HOOK_EVENTS, type Hook, hooksApi } from '../api/hooks'
import { useTell, useText } from '../look/look'
import { count, moment } from '../text/format'
import { AddWebhook } from './AddWebhook'
import { type Given, PasswordOnce } from './PasswordOnce'
import { useList } from './useList'

export function Webhooks({ seesNumbers }: { seesNumbers: boolean }) {
  const { t, language } = useText()
  const { list, busy, again } = useList(hooksApi.all)
  const [adding, setAdding] = useState(false)
  const [given, setGiven] = useState<Given>()
  const shown = (name: string, secret: string) =>
    setGiven({ name, password: secret, title: t('hooks.once.title', { name }), says: t('hooks.once.says') })
  return (
    <div className="rp-stack">
      <p className="rp-quiet">{t('hooks.says')}</p>
      <div className="rp-actions">
        <Button type="primary" onClick={() => setAdding(true)}>
          {t('hooks.add')}
        </Button>
        <Button loading={busy} onClick={() => void again()}>
          {t('app.refresh')}
        </Button>
      </div>
      <Table<Hook>
        rowKey="name"
        size="small"
        dataSource={list}
        loading={busy && list.length === 0}
        pagination={false}
        scroll={{ x: 1200 }}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('hooks.none')} /> }}
        columns={[
          { title: t('hooks.name'), dataIndex: 'name' },
          { title: t('hooks.url'), dataIndex: 'url', width: 260, className: 'rp-break' },
          {
            title: t('hooks.events'),
            render: (_, one) =>
              HOOK_EVENTS.filter((event) => one.events.includes(event)).map((event) => (
                <Tag key={event}>{t(`hooks.event.${event}`)}</Tag>
              )),
          },
          {
            title: t('hooks.numbers'),
            render: (_, one) => t(one.full_numbers ? 'hooks.numbers.full' : 'hooks.numbers.masked'),
          },
          { title: t('hooks.state'), width: 200, render: (_, one) => <State hook={one} /> },
          { title: t('hooks.waiting'), align: 'right', render: (_, one) => count(one.waiting, language) },
          { title: t('hooks.delivered'), render: (_, one) => moment(one.delivered_at, language) },
          {
            title: t('users.actions'),
            width: 290,
            render: (_, one) => <Actions hook={one} again={again} onSecret={(secret) => shown(one.name, secret)} />,
          },
        ]}
      />
      {adding && (
        <AddWebhook
          seesNumbers={seesNumbers}
          onClose={() => setAdding(false)}
          onAdded={(name, secret) => {
            setAdding(false)
            shown(name, secret)
            void again()
          }}
        />
      )}
      {given && <PasswordOnce given={given} onClose={() => setGiven(undefined)} />}
    </div>
  )
}

function State({ hook }: { hook: Hook }) {
  const { t } = useText()
  if (hook.disabled_at !== null) return <Tag>{t('hooks.off')}</Tag>
  if (hook.failures === 0) return <Tag color="success">{t('hooks.well')}</Tag>
  return (
    <>
      <Tag color="error">{t('hooks.failing')}</Tag> <span className="rp-quiet rp-break">{hook.last_error}</span>
    </>
  )
}

interface ActionsProps {
  hook: Hook
  again: () => Promise<void>
  onSecret: (secret: string) => void
}

function Actions({ hook, again, onSecret }: ActionsProps) {
  const { t } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const [busy, setBusy] = useState(false)
  const { name } = hook
  const confirm = (title: string, content: string, okText: string, then: () => Promise<void>) =>
    modal.confirm({
      title,
      content,
      okText,
      okButtonProps: { danger: true },
      cancelText: t('app.cancel'),
      onOk: () => then().then(again).catch(tell.wrong),
    })
  const test = async () => {
    setBusy(true)
    try {
      const came = await hooksApi.test(name)
      if (came.taken) tell.right(t('hooks.test.right', { name }))
      else tell.wrong(new Error(t('hooks.test.wrong', { name, why: came.error ?? '' })))
    } catch (error) {
      tell.wrong(error)
    } finally {
      setBusy(false)
    }
  }
  const redeliver = () =>
    confirm(t('hooks.redeliver.title', { name }), t('hooks.redeliver.says'), t('hooks.redeliver'), async () =>
      tell.right(t('hooks.redelivered', { count: (await hooksApi.redeliver(name)).events })),
    )
  const renew = () =>
    confirm(t('hooks.secret.title', { name }), t('hooks.secret.says'), t('hooks.secret'), async () =>
      onSecret((await hooksApi.newSecret(name)).secret),
    )
  const remove = () =>
    confirm(t('hooks.remove.title', { name }), t('hooks.remove.says', { count: hook.waiting }), t('hooks.remove'), () =>
      hooksApi.remove(name),
    )
  const disable = (disabled: boolean) => hooksApi.setDisabled(name, disabled).then(again).catch(tell.wrong)
  return (
    <span className="rp-actions">
      <Button size="small" loading={busy} onClick={test}>
        {t('hooks.test')}
      </Button>
      <Button size="small" onClick={redeliver}>
        {t('hooks.redeliver')}
      </Button>
      <Button size="small" onClick={renew}>
        {t('hooks.secret')}
      </Button>
      <Button size="small" onClick={() => void disable(hook.disabled_at === null)}>
        {t(hook.disabled_at === null ? 'users.disable' : 'users.enable')}
      </Button>
      <Button size="small" danger onClick={remove}>
        {t('hooks.remove')}
      </Button>
    </span>
  )
}
