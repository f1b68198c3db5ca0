/** Records what came of a talk, by keyboard alone: a number chooses, Enter saves. What is typed survives a reload. */

import { Alert, Button, Input } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { api } from '../api/client'
import { serviceNow } from '../api/clock'
import { DISPOSITIONS, type Disposition } from '../api/payloads'
import { useTell, useText } from '../look/look'
import { flushWalk } from '../script/kept'
import { bodyOf, type Draft, dropDraft, keepDraft, type Problem, problemOf, readDraft, type Told } from './draft'
import { meaningOf, whereIs } from './keys'
import type { Talk } from './talks'

interface RecordFormProps {
  agentId: string
  talk: Talk
  /** What the script says of the result, where it has come to an end. */
  told?: Told | undefined
  onSaved: (disposition: Disposition) => void
  /** Set where the wrap-up is over: then it may also be left. */
  onLeave: (() => void) | undefined
}

export function RecordForm({ agentId, talk, told, onSaved, onLeave }: RecordFormProps) {
  const { t } = useText()
  const tell = useTell()
  const attemptId = talk.screen.attempt_id
  const [draft, setDraft] = useState(() => readDraft(attemptId))
  const [problem, setProblem] = useState<Problem>()
  const [busy, setBusy] = useState(false)
  const callBack = useRef<HTMLInputElement>(null)

  const change = (more: Partial<Draft>) => {
    const next = { ...draft, ...more }
    setDraft(next)
    setProblem(undefined)
    keepDraft(attemptId, next)
  }
  const choose = (disposition: Disposition) => change({ disposition })
  const save = async () => {
    if (busy) return
    const found = problemOf(draft, serviceNow() * 1000)
    setProblem(found)
    if (found === 'record.needsTime' || found === 'record.past') callBack.current?.focus()
    const { disposition } = draft
    if (found || disposition === null) return
    setBusy(true)
    try {
      await flushWalk(attemptId).catch((error: unknown) => {
        // Who ends otherwise than the script does has the last word, whatever became of the walk.
        if (told?.disposition === disposition) throw error
      })
      await api.dispose(agentId, bodyOf({ ...draft, disposition }, attemptId))
      dropDraft(attemptId)
      tell.right(t('record.done', { disposition: t(`disposition.${disposition}`) }))
      onSaved(disposition)
    } catch (error) {
      tell.wrong(error)
    } finally {
      setBusy(false)
    }
  }

  // After a reload the script says the same again: what was changed since by hand must stay.
  const filled = useRef(draft.disposition === null ? undefined : draft.toldBy)
  useEffect(() => {
    const by = told && `${told.disposition} ${told.reason}`
    if (told === undefined || by === undefined || filled.current === by) return
    filled.current = by
    setDraft((before) => {
      const next = { ...before, disposition: told.disposition, reason: told.reason, toldBy: by }
      keepDraft(attemptId, next)
      return next
    })
    setProblem(undefined)
  }, [attemptId, told])
  useKeys({ choose, save })
  return (
    <section className="rp-box rp-record" aria-labelledby="record">
      <h2 id="record">{t('record.title')}</h2>
      <p className="rp-quiet">{t('record.keys')}</p>
      <div role="radiogroup" aria-labelledby="record" className="rp-choices">
        {DISPOSITIONS.map((disposition, index) => (
          // biome-ignore lint/a11y/useSemanticElements: a button with its number key on it, not a native radio
          <button
            key={disposition}
            type="button"
            role="radio"
            data-choice
            className="rp-choice"
            aria-checked={draft.disposition === disposition}
            aria-keyshortcuts={String(index + 1)}
            onClick={() => choose(disposition)}
          >
            <kbd>{index + 1}</kbd> {t(`disposition.${disposition}`)}
          </button>
        ))}
      </div>
      <label className={draft.disposition === 'CALL_BACK' ? 'rp-field' : 'rp-field rp-field-off'}>
        <span>{t('record.callBackAt')}</span>
        <input
          ref={callBack}
          type="datetime-local"
          className="rp-input"
          disabled={draft.disposition !== 'CALL_BACK'}
          value={draft.callBackAt}
          onChange={(event) => change({ callBackAt: event.target.value })}
        />
      </label>
      <label className="rp-field" htmlFor="record-reason">
        <span>{t('record.reason')}</span>
        <Input
          id="record-reason"
          value={draft.reason}
          maxLength={40}
          onChange={(event) => change({ reason: event.target.value })}
        />
      </label>
      <label className="rp-field" htmlFor="record-note">
        <span>{t('record.note')}</span>
        <Input.TextArea
          id="record-note"
          value={draft.note}
          maxLength={2000}
          rows={4}
          onChange={(event) => change({ note: event.target.value })}
        />
      </label>
      <div className="rp-record-says">
        {problem && <Alert type="error" showIcon title={t(problem)} />}
        {!problem && onLeave && <Alert type="warning" showIcon title={t('record.late')} />}
        {!problem && talk.saved && (
          <Alert type="success" showIcon title={t('record.saved', { disposition: t(`disposition.${talk.saved}`) })} />
        )}
      </div>
      <div className="rp-actions">
        <Button type="primary" size="large" loading={busy} onClick={save} aria-keyshortcuts="Enter">
          {t('record.save')}
        </Button>
        {onLeave && <Button onClick={onLeave}>{t('record.drop')}</Button>}
      </div>
    </section>
  )
}

/** Hears keys on the whole page; always does what the form would do now. */
function useKeys(now: { choose: (disposition: Disposition) => void; save: () => Promise<void> }): void {
  const latest = useRef(now)
  useEffect(() => {
    latest.current = now
  })
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const meaning = meaningOf(event, whereIs(event.target))
      if (meaning === undefined || event.defaultPrevented) return
      event.preventDefault()
      if (meaning.kind === 'choose') latest.current.choose(meaning.disposition)
      else if (meaning.kind === 'save') void latest.current.save()
      else if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
}
