/** One agent on the floor: state, for how long, who is on their line, and what a supervisor may do about it. */

import { EyeOutlined, MailOutlined } from '@ant-design/icons'
import { memo } from 'react'
import type { AgentCard } from '../api/payloads'
import type { User } from '../api/people'
import { useStore } from '../api/store'
import { news } from '../api/stream'
import { nameOf } from '../api/supervision'
import { useText } from '../look/look'
import { Since } from '../look/Since'
import { reasonOf } from '../text/reasons'
import { AgentMenu } from './AgentMenu'
import { OnTheLine } from './OnTheLine'

interface AgentRowProps {
  card: AgentCard
  user: User
  /** Whether it can be steered from here: not on a wall. */
  steers: boolean
}

export const AgentRow = memo(function AgentRow({ card, user, steers }: AgentRowProps) {
  const { t } = useText()
  const supervisor = useStore(news, (told) => told.supervisors.get(card.agent_id))
  const messages = useStore(news, (told) => told.messages.get(card.agent_id))?.messages ?? []
  const mine = supervisor !== undefined && supervisor.supervisor_id === user.agent_id
  const unread = messages.filter((one) => one.read_at === null).length
  return (
    <li className={`rp-agent rp-state-${card.state}`}>
      <span className="rp-agent-name" title={card.agent_id}>
        {card.name || card.agent_id}
      </span>
      <span className="rp-agent-state">
        {t(`agent.${card.state}`)}
        {card.reason && <span className="rp-quiet"> · {reasonOf(card.reason, t)}</span>}
      </span>
      <Since at={card.since} />
      {steers && <AgentMenu card={card} user={user} supervisor={supervisor} />}
      {supervisor && !mine && (
        <span className="rp-agent-more rp-eye">
          <EyeOutlined aria-hidden={true} />{' '}
          {t('supervise.others', { who: nameOf(supervisor.who), mode: t(`supervise.${supervisor.mode}`) })}
        </span>
      )}
      {supervisor && mine && steers && <OnTheLine card={card} supervisor={supervisor} />}
      {messages.length > 0 && (
        <span className="rp-agent-more rp-quiet">
          <MailOutlined aria-hidden={true} /> {unread > 0 ? t('message.unread', { count: unread }) : t('message.read')}
        </span>
      )}
    </li>
  )
})
