/** A telephone's keys, for whatever asks for them at the customer's side. While it has the focus, digits are its own. */

import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { api } from '../api/client'
import { useTell, useText } from '../look/look'

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const
/** As many as are shown. */
const MOST_SHOWN = 24

export function Keypad({ agentId }: { agentId: string }) {
  const { t } = useText()
  const tell = useTell()
  const first = useRef<HTMLButtonElement>(null)
  const line = useRef<Promise<unknown>>(Promise.resolve())
  const [pressed, setPressed] = useState('')
  useEffect(() => first.current?.focus(), [])

  // In line: the second key must not overtake the first.
  const press = (key: string) => {
    line.current = line.current.then(() =>
      api.pressKeys(agentId, key).then(() => setPressed((before) => (before + key).slice(-MOST_SHOWN)), tell.wrong),
    )
  }
  const typed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return
    if (!(KEYS as readonly string[]).includes(event.key)) return
    event.preventDefault()
    press(event.key)
  }
  return (
    <fieldset className="rp-keypad" aria-label={t('control.keypad')} onKeyDown={typed}>
      {KEYS.map((key) => (
        <button
          key={key}
          ref={key === '1' ? first : undefined}
          type="button"
          className="rp-keypad-key"
          aria-label={t('control.key', { key })}
          onClick={() => press(key)}
        >
          {key}
        </button>
      ))}
      <p className="rp-quiet rp-keypad-pressed" role="status">
        {pressed && t('control.pressed', { keys: pressed })}
      </p>
    </fieldset>
  )
}
