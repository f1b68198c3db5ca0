/** Where the agent stands, in big letters, for how long, and what can be done about it. */

import { Button } from 'antd'
import { useEffect, useState } from 'react'
import { api } from '../api/client'
import type { AgentCard } from '../api/payloads'
import { useTell, useText } from '../look/look'
import { Left, Since } from '../look/Since'
import { useTelephone } from '../phone/useTelephone'
import { PAUSES, reasonOf } from '../text/reasons'

/** What was asked for during a call, and is done once it is wrapped up. */
type Soon = { kind: 'logout' } | { kind: 'pause'; reason: string }

interface StateBarProps {
  agentId: string
  card: AgentCard
  wrapUp_s: number | undefined
}

export function StateBar({ agentId, card, wrapUp_s }: StateBarProps) {
  const { t } = useText()
  const tell = useTell()
  const [busy, setBusy] = useState(false)
  const [soon, setSoon] = useState<Soon>()
  const telephone = useTelephone(agentId, card)
  const { state } = card
  const inCall = state === 'RESERVED' || state === 'TALKING' || state === 'WRAP_UP'
  useEffect(() => {
    if (!inCall) setSoon(undefined)
  }, [inCall])

  const act = async (asked: () => Promise<unknown>, then?: Soon) => {
    setBusy(true)
    try {
      await asked()
      setSoon(inCall ? then : undefined)
    } catch (error) {
      tell.wrong(error)
    } finally {
      setBusy(false)
    }
  }
  const wrapUpEnds = card.wrap_up_until ?? (wrapUp_s === undefined ? undefined : card.since + wrapUp_s)
  const hint = telephone.inPage ? hintInPage(card) : hintOf(card)
  return (
    <section className={`rp-box rp-desk-state rp-state-${state}`} aria-label={t('desk.title')}>
      <div className="rp-desk-where">
        <div role="status">
          <h1>{t(`agent.${state}`)}</h1>
          {hint && <p className="rp-quiet">{t(hint)}</p>}
          {card.reason && (
            <p>
              {state === 'PAUSED' ? reasonOf(card.reason, t) : t('desk.trouble', { why: reasonOf(card.reason, t) })}
            </p>
          )}
          {soon && (
            <p>
              {soon.kind === 'logout'
                ? t('desk.soon.logout')
                : t('desk.soon.pause', { reason: reasonOf(soon.reason, t) })}
            </p>
          )}
        </div>
        <div className="rp-desk-time" role="timer">
          {Number.isFinite(card.since) && <Since at={card.since} />}
          {state === 'WRAP_UP' && wrapUpEnds !== undefined && (
            <small>
              {t('record.left')} <Left at={wrapUpEnds} />
            </small>
          )}
        </div>
      </div>
      <div className="rp-desk-actions">
        {state === 'OFFLINE' && (
          <Button type="primary" size="large" disabled={busy} onClick={() => act(telephone.logIn)}>
            {t('desk.logIn')}
          </Button>
        )}
        {state === 'PAUSED' && (
          <Button type="primary" size="large" disabled={busy} onClick={() => act(() => api.agent(agentId, 'ready'))}>
            {t('desk.ready')}
          </Button>
        )}
        {state === 'TALKING' && (
          <Button
            danger
            type="primary"
            size="large"
            disabled={busy}
            onClick={() => act(() => api.hangUp(agentId), soon)}
          >
            {t('desk.hangUp')}
          </Button>
        )}
        {soon?.kind === 'pause' && (
          <Button disabled={busy} onClick={() => act(() => api.agent(agentId, 'ready'))}>
            {t('desk.soon.not')}
          </Button>
        )}
        {state !== 'OFFLINE' && state !== 'PAUSED' && (
          <fieldset className="rp-group">
            <legend>{t('desk.pause')}</legend>
            {PAUSES.map((reason) => (
              <Button
                key={reason}
                disabled={busy}
                onClick={() => act(() => api.pause(agentId, reason), { kind: 'pause', reason })}
              >
                {t(`pause.${reason}`)}
              </Button>
            ))}
          </fieldset>
        )}
        {state !== 'OFFLINE' && (
          <Button disabled={busy} onClick={() => act(() => api.agent(agentId, 'logout'), { kind: 'logout' })}>
            {t('desk.logOut')}
          </Button>
        )}
      </div>
    </section>
  )
}

function hintInPage(card: AgentCard) {
  if (card.state === 'OFFLINE') return 'phone.hint'
  return card.state === 'READY' ? 'desk.waiting' : undefined
}

function hintOf(card: AgentCard) {
  if (card.state === 'OFFLINE') return 'desk.offline'
  if (card.state === 'CALLING_IN') return 'desk.callingIn'
  return card.state === 'READY' ? 'desk.waiting' : undefined
}
