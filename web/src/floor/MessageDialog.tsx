/** A message to an agent: plain text, at once on the agent's page. */

import { Input, Modal } from 'antd'
import { useState } from 'react'
import { api } from '../api/client'
import { useTell, useText } from '../look/look'

const LONGEST = 500

export function MessageDialog({ agentId, name, onClose }: { agentId: string; name: string; onClose: () => void }) {
  const { t } = useText()
  const tell = useTell()
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const send = async () => {
    setBusy(true)
    try {
      await api.sendMessage(agentId, text)
      tell.right(t('message.sent'))
      onClose()
    } catch (error) {
      tell.wrong(error)
      setBusy(false)
    }
  }
  return (
    <Modal
      open
      title={t('message.title', { name })}
      okText={t('message.send')}
      okButtonProps={{ disabled: busy || text.trim() === '' }}
      cancelText={t('app.cancel')}
      onOk={send}
      onCancel={onClose}
    >
      <div className="rp-stack">
        <label htmlFor="rp-message-text">{t('message.text')}</label>
        <Input.TextArea
          id="rp-message-text"
          autoFocus
          rows={4}
          maxLength={LONGEST}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
    </Modal>
  )
}
