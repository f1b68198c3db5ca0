/** What an agent does with the call in hand: mute, hold, keypad, transfer, and longer to record it. Each has a key. */

import { Button } from 'antd'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { api } from '../api/client'
import { useNow } from '../api/clock'
import type { AgentCard, Screen } from '../api/payloads'
import { useTell, useText } from '../look/look'
import { Left, Since } from '../look/Since'
import { type Control, controlOf, LETTERS } from './controlKeys'
import { Keypad } from './Keypad'
import { whereIs } from './keys'
import { Transfer } from './Transfer'

const LONGER_S = 30

interface CallControlProps {
  agentId: string
  card: AgentCard
  screen: Screen | undefined
}

export function CallControl(props: CallControlProps) {
  const { state, attempt_id } = props.card
  if (state === 'TALKING') return <InTalk key={attempt_id} {...props} />
  return state === 'WRAP_UP' ? <InWrapUp agentId={props.agentId} /> : null
}

function InTalk({ agentId, card, screen }: CallControlProps) {
  const { t } = useText()
  const [act, busy] = useAct()
  const [open, setOpen] = useState<'keypad' | 'transfer'>()
  const muted = card.muted === true
  const heldSince = card.held_since ?? undefined
  const held = heldSince !== undefined
  const does = {
    mute: () => act(() => api.mute(agentId, !muted)),
    hold: () => act(() => api.hold(agentId, !held)),
    keypad: () => !held && setOpen((before) => (before === 'keypad' ? undefined : 'keypad')),
    transfer: () => setOpen((before) => (before === 'transfer' ? undefined : 'transfer')),
  }
  useControlKeys(does)
  return (
    <section className="rp-box rp-stack" aria-label={t('control.title')}>
      <div className="rp-actions">
        <Key of="mute" pressed={muted} busy={busy} onClick={does.mute}>
          {t(muted ? 'control.unmute' : 'control.mute')}
        </Key>
        <Key of="hold" pressed={held} busy={busy} onClick={does.hold}>
          {t(held ? 'control.resume' : 'control.hold')}
        </Key>
        <Key of="keypad" expanded={open === 'keypad'} busy={held} onClick={does.keypad}>
          {t('control.keypad')}
        </Key>
        <Key of="transfer" expanded={open === 'transfer'} busy={busy} onClick={does.transfer}>
          {t('control.transfer')}
        </Key>
        <span role="status">{muted && <strong className="rp-urgent">{t('control.muted')}</strong>}</span>
        {heldSince !== undefined && <Held since={heldSince} screen={screen} />}
      </div>
      {open === 'keypad' && !held && <Keypad agentId={agentId} />}
      {open === 'transfer' && <Transfer agentId={agentId} onDone={() => setOpen(undefined)} />}
    </section>
  )
}

function Held({ since, screen }: { since: number; screen: Screen | undefined }) {
  const { t } = useText()
  const held_s = useNow() - since
  const long = screen?.hold_reminder_s !== undefined && held_s >= screen.hold_reminder_s
  return (
    <>
      <strong className={long ? 'rp-urgent' : undefined}>
        {t('control.held')} <Since at={since} />
      </strong>
      {screen?.hold_longest_s !== undefined && (
        <span className="rp-quiet">
          {t('control.back')} <Left at={since + screen.hold_longest_s} />
        </span>
      )}
      <span role="alert">{long && t('control.remember')}</span>
    </>
  )
}

function InWrapUp({ agentId }: { agentId: string }) {
  const { t } = useText()
  const [act, busy] = useAct()
  const longer = () => act(() => api.extendWrapUp(agentId, LONGER_S))
  useControlKeys({ longer })
  return (
    <section className="rp-box" aria-label={t('control.title')}>
      <Key of="longer" busy={busy} onClick={longer}>
        {t('control.longer')}
      </Key>
    </section>
  )
}

interface KeyProps {
  of: Control
  busy: boolean
  pressed?: boolean
  expanded?: boolean
  onClick: () => void
  children: ReactNode
}

function Key({ of, busy, pressed, expanded, onClick, children }: KeyProps) {
  return (
    <Button
      size="large"
      type={pressed ? 'primary' : 'default'}
      disabled={busy}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-keyshortcuts={LETTERS[of]}
      onClick={onClick}
    >
      {children} <kbd aria-hidden>{LETTERS[of]}</kbd>
    </Button>
  )
}

/** One thing at a time; what the service refuses is told. */
function useAct(): [(asked: () => Promise<unknown>) => void, boolean] {
  const tell = useTell()
  const [busy, setBusy] = useState(false)
  const act = (asked: () => Promise<unknown>) => {
    if (busy) return
    setBusy(true)
    asked()
      .catch(tell.wrong)
      .finally(() => setBusy(false))
  }
  return [act, busy]
}

/** Hears the letters on the whole page; always does what the buttons would do now. */
function useControlKeys(now: Partial<Record<Control, () => void>>): void {
  const latest = useRef(now)
  useEffect(() => {
    latest.current = now
  })
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector('[role="dialog"]') !== null) return
      const control = controlOf(event, whereIs(event.target))
      const does = control && latest.current[control]
      if (does === undefined) return
      event.preventDefault()
      does()
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
}
