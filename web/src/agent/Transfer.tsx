/** To whom the customer may be handed over now; a press on a name does it. */

import { Button } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { api } from '../api/client'
import type { Taker } from '../api/payloads'
import { useTell, useText } from '../look/look'

const ASK_AGAIN_MS = 3000

interface TransferProps {
  agentId: string
  onDone: () => void
}

export function Transfer({ agentId, onDone }: TransferProps) {
  const { t } = useText()
  const tell = useTell()
  const box = useRef<HTMLFieldSetElement>(null)
  const [takers, setTakers] = useState<readonly Taker[]>()
  const [busy, setBusy] = useState(false)
  useEffect(() => {
    let over = false
    const ask = () =>
      api.takers(agentId).then(
        (found) => over || setTakers(found),
        () => undefined, // asked again in a moment
      )
    void ask()
    const timer = setInterval(ask, ASK_AGAIN_MS)
    return () => {
      over = true
      clearInterval(timer)
    }
  }, [agentId])
  const known = takers !== undefined
  useEffect(() => {
    if (known) box.current?.querySelector('button')?.focus()
  }, [known])

  const give = async (taker: Taker) => {
    setBusy(true)
    try {
      await api.transfer(agentId, taker.agent_id)
      tell.right(t('control.transferred', { name: nameOf(taker) }))
      onDone()
    } catch (error) {
      tell.wrong(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <fieldset ref={box} className="rp-group" aria-live="polite">
      <legend>{t('control.transferTo')}</legend>
      {takers?.length === 0 && <span>{t('control.nobody')}</span>}
      {takers?.map((taker) => (
        <Button key={taker.agent_id} disabled={busy} onClick={() => give(taker)}>
          {nameOf(taker)}
        </Button>
      ))}
    </fieldset>
  )
}

function nameOf({ agent_id, name }: Taker): string {
  return name && name !== agent_id ? `${name} (${agent_id})` : agent_id
}
