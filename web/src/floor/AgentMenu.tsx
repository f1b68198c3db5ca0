/** What a supervisor may do about one agent, in one menu; what is dear asks first. */

import { App, Button, Dropdown, type MenuProps } from 'antd'
import { useState } from 'react'
import { api } from '../api/client'
import type { AgentCard } from '../api/payloads'
import type { User } from '../api/people'
import { may } from '../api/session'
import { SUPERVISION_MODES, type Supervisor } from '../api/supervision'
import { useTell, useText } from '../look/look'
import { choicesOf } from './choices'
import { MessageDialog } from './MessageDialog'

interface AgentMenuProps {
  card: AgentCard
  user: User
  supervisor: Supervisor | undefined
}

export function AgentMenu({ card, user, supervisor }: AgentMenuProps) {
  const { t } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const [writes, setWrites] = useState(false)
  const [busy, setBusy] = useState(false)
  const choices = choicesOf(card, user, supervisor)
  if (!may(user, 'LISTEN_IN') && !may(user, 'STEER_AGENTS')) return null
  const id = card.agent_id
  const name = card.name || id
  const own = user.agent_id ?? ''

  const act = async (what: string, asked: () => Promise<unknown>) => {
    setBusy(true)
    try {
      await asked()
      tell.right(t('supervise.done', { name, what }))
    } catch (error) {
      tell.wrong(error)
    } finally {
      setBusy(false)
    }
  }
  const confirm = (title: string, content: string, what: string, asked: () => Promise<unknown>) =>
    modal.confirm({
      title,
      content,
      okText: what,
      okButtonProps: { danger: true },
      cancelText: t('app.cancel'),
      autoFocusButton: 'cancel',
      onOk: () => act(what, asked),
    })
  const does: Record<string, () => unknown> = {
    LISTEN: () => act(t('supervise.LISTEN'), () => api.listen(id, 'LISTEN')),
    WHISPER: () => act(t('supervise.WHISPER'), () => api.listen(id, 'WHISPER')),
    BARGE: () =>
      confirm(t('supervise.barge.title', { name }), t('supervise.BARGE.says'), t('supervise.BARGE'), () =>
        api.listen(id, 'BARGE'),
      ),
    message: () => setWrites(true),
    takeOver: () =>
      confirm(
        t('supervise.takeOver.title', { name }),
        t('supervise.takeOver.says', { name, own }),
        t('supervise.takeOver'),
        () => api.takeOver(id, own),
      ),
    pause: () => act(t('supervise.pause'), () => api.pause(id, 'meeting')),
    ready: () => act(t('supervise.ready'), () => api.agent(id, 'ready')),
    logOut: () =>
      confirm(t('supervise.logOut.title', { name }), t('supervise.logOut.says'), t('supervise.logOut'), () =>
        api.agent(id, 'logout'),
      ),
    hangUp: () =>
      confirm(t('supervise.hangUp.title', { name }), t('supervise.hangUp.says'), t('supervise.hangUp'), () =>
        api.hangUp(id),
      ),
  }
  const items: MenuProps['items'] = choices.map(({ key, danger, disabled }) => {
    const mode = SUPERVISION_MODES.find((one) => one === key)
    return {
      key,
      danger,
      disabled,
      label: t(`supervise.${key}`),
      ...(mode && { title: t(own === '' ? 'supervise.noPhone' : `supervise.${mode}.says`) }),
    }
  })
  return (
    <>
      <Dropdown menu={{ items, onClick: ({ key }) => does[key]?.() }} trigger={['click']} placement="bottomRight">
        <Button
          size="small"
          type="text"
          className="rp-agent-menu"
          disabled={busy || choices.length === 0}
          aria-haspopup="menu"
          aria-label={t('supervise.menu', { name })}
        >
          ⋯
        </Button>
      </Dropdown>
      {writes && <MessageDialog agentId={id} name={name} onClose={() => setWrites(false)} />}
    </>
  )
}
