/** What supervisors do on an agent's own page: an eye while somebody listens, and messages until they are read. */

import { EyeOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { useState } from 'react'
import { api } from '../api/client'
import { useStore } from '../api/store'
import { news } from '../api/stream'
import { type Message, nameOf } from '../api/supervision'
import { useTell, useText } from '../look/look'
import { Since } from '../look/Since'

export function Supervised({ agentId }: { agentId: string }) {
  const { t } = useText()
  const heard = useStore(news, (told) => told.supervised.get(agentId))
  const messages = useStore(news, (told) => told.messages.get(agentId))?.messages ?? []
  const unread = messages.filter((one) => one.read_at === null)
  return (
    <div aria-live="polite" className="rp-supervised">
      {heard && (
        <p className="rp-eye">
          <EyeOutlined aria-hidden={true} /> {t(`supervised.${heard.mode}`)} <Since at={heard.since} />
        </p>
      )}
      {unread.map((one) => (
        <Unread key={one.message_id} agentId={agentId} message={one} />
      ))}
    </div>
  )
}

function Unread({ agentId, message }: { agentId: string; message: Message }) {
  const { t } = useText()
  const tell = useTell()
  const [busy, setBusy] = useState(false)
  const understood = async () => {
    setBusy(true)
    try {
      await api.readMessage(agentId, message.message_id)
    } catch (error) {
      tell.wrong(error)
      setBusy(false)
    }
  }
  return (
    <section className="rp-box rp-message" aria-label={t('message.from', { who: nameOf(message.who) })}>
      <div>
        <strong>{t('message.from', { who: nameOf(message.who) })}</strong>
        <p>{message.text}</p>
      </div>
      <Button type="primary" disabled={busy} onClick={understood}>
        {t('message.understood')}
      </Button>
    </section>
  )
}
