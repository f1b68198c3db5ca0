/** Ends the session; whoever still takes calls leaves the line first, or calls would come with nobody to see them. */

import { LogoutOutlined } from '@ant-design/icons'
import { App, Button } from 'antd'
import { api } from '../api/client'
import type { User } from '../api/people'
import { session } from '../api/session'
import { news } from '../api/stream'
import { useTell, useText } from './look'

export function SignOut({ user }: { user: User }) {
  const { t } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const signOut = () => session.logOut().catch(tell.wrong)
  const ask = () => {
    const agentId = user.agent_id
    const card = agentId === null ? undefined : news.get().agents.get(agentId)
    if (agentId === null || card === undefined || card.state === 'OFFLINE') return void signOut()
    return void modal.confirm({
      title: t('app.onTheLine.title'),
      content: t('app.onTheLine.says'),
      okText: t('app.onTheLine.do'),
      cancelText: t('app.cancel'),
      onOk: () => api.agent(agentId, 'logout').then(signOut).catch(tell.wrong),
    })
  }
  return (
    <Button icon={<LogoutOutlined />} onClick={ask}>
      {t('app.logOut')}
    </Button>
  )
}
