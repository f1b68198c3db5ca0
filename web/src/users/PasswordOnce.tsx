/** Shows a new password, this once; it stays on this page alone and is gone when the dialog is closed. */

import { Button, Modal } from 'antd'
import { useRef, useState } from 'react'
import { useText } from '../look/look'

export interface Given {
  name: string
  password: string
  /** What it is, and what to do with it, where it is no password. */
  title?: string
  says?: string
}

export function PasswordOnce({ given, onClose }: { given: Given; onClose: () => void }) {
  const { t } = useText()
  const shown = useRef<HTMLElement>(null)
  const [copied, setCopied] = useState<boolean>()
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(given.password)
      setCopied(true)
    } catch {
      // Over plain HTTP browsers let no page copy: then a person's own hand does it.
      if (shown.current) window.getSelection()?.selectAllChildren(shown.current)
      setCopied(false)
    }
  }
  return (
    <Modal
      open
      title={given.title ?? t('users.password.title', { name: given.name })}
      mask={{ closable: false }}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{t('app.close')}</Button>}
    >
      <p>{given.says ?? t('users.password.says')}</p>
      <p className="rp-password">
        <code ref={shown}>{given.password}</code>
        <Button type="primary" onClick={copy}>
          {t('users.copy')}
        </Button>
      </p>
      <p role="status" className="rp-quiet">
        {copied !== undefined && t(copied ? 'users.copied' : 'users.copyByHand')}
      </p>
    </Modal>
  )
}
