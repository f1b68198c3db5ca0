/** The agent's page: where one stands, who is on the line, what to say, and what came of it. */

import { Alert } from 'antd'
import { useEffect, useState } from 'react'
import type { AgentCard } from '../api/payloads'
import type { User } from '../api/people'
import { useStore } from '../api/store'
import { news } from '../api/stream'
import { useText } from '../look/look'
import { PhoneBar } from '../phone/PhoneBar'
import { CallControl } from './CallControl'
import { Customer } from './Customer'
import type { Told } from './draft'
import { MyDay } from './MyDay'
import { Preview } from './Preview'
import { RecordForm } from './RecordForm'
import { Script } from './Script'
import { StateBar } from './StateBar'
import { Supervised } from './Supervised'
import { dueOf, follow, keepTalks, leave, readTalks, settle } from './talks'

export default function AgentPage({ user }: { user: User }) {
  const { t } = useText()
  if (user.agent_id === null) return <Alert type="info" showIcon title={t('desk.notAnAgent')} />
  return <Desk key={user.agent_id} agentId={user.agent_id} />
}

function Desk({ agentId }: { agentId: string }) {
  const { t } = useText()
  const known = useStore(news, (told) => told.snapshots > 0)
  const card = useStore(news, (told) => told.agents.get(agentId))
  const screen = useStore(news, (told) => told.screens.get(agentId))
  const [told, setTold] = useState<Told>()
  const [saved, setSaved] = useState(0)
  const [talks, setTalks] = useState(() => readTalks(agentId))
  useEffect(() => {
    // Before the first snapshot nothing is known: what is kept must not be taken for settled.
    if (known) setTalks((before) => follow(before, card, screen))
  }, [known, card, screen])
  useEffect(() => keepTalks(agentId, talks), [agentId, talks])
  if (!known) return <p className="rp-empty">{t('line.opening')}</p>

  const due = dueOf(talks, screen)
  const late = due !== undefined && due.screen.attempt_id !== screen?.attempt_id
  const shown = screen ?? due?.screen
  return (
    <div className="rp-desk">
      <StateBar agentId={agentId} card={card ?? offline(agentId)} wrapUp_s={screen?.wrap_up_s} />
      {card && <CallControl agentId={agentId} card={card} screen={screen} />}
      <PhoneBar agentId={agentId} card={card ?? offline(agentId)} />
      <Supervised agentId={agentId} />
      {!card?.attempt_id && <MyDay agentId={agentId} saved={saved} free={card?.state === 'READY'} />}
      {card?.state === 'READY' && <Preview agentId={agentId} />}
      <div className="rp-desk-columns">
        <div className="rp-stack">
          <Customer screen={shown} />
          {shown?.flow && (
            <Script
              key={shown.attempt_id}
              agentId={agentId}
              attemptId={shown.attempt_id}
              flow={shown.flow}
              onTold={setTold}
            />
          )}
        </div>
        {due && (
          <RecordForm
            key={due.screen.attempt_id}
            agentId={agentId}
            talk={due}
            told={told?.attemptId === due.screen.attempt_id ? told : undefined}
            onSaved={(disposition) => {
              const { attempt_id } = due.screen
              setSaved((before) => before + 1)
              setTalks((before) => (late ? leave(before, attempt_id) : settle(before, attempt_id, disposition)))
            }}
            onLeave={late ? () => setTalks((before) => leave(before, due.screen.attempt_id)) : undefined}
          />
        )}
      </div>
    </div>
  )
}

/** Whoever has not moved since the service began is in no topic. */
function offline(agentId: string): AgentCard {
  return { agent_id: agentId, state: 'OFFLINE', since: Number.NaN, attempt_id: null, reason: null }
}
