/** How long the sound of a call is kept, the legal hold on it, and the call as a file of evidence. */

import { Button, Checkbox, Input, Modal } from 'antd'
import { useId, useState } from 'react'
import { api, evidenceAddress } from '../api/client'
import type { Attempt, AttemptDetails, LegalHold } from '../api/payloads'
import type { Right } from '../api/people'
import { useTell, useText } from '../look/look'
import type { Translate } from '../text/dictionary'
import { moment } from '../text/format'
import type { Language } from '../text/language'

const SHORTEST = 3
const LONGEST = 500

/** What is to be told of a call's recording, as names and values. */
export function keepingOf(
  details: AttemptDetails,
  t: Translate,
  language: Language,
): { key: string; name: string; value: string }[] {
  const { recording, hold } = details
  const told: { key: string; name: string; value: string }[] = []
  if (recording?.state === 'STORED') {
    const end = recording.keep_until === null ? t('keep.forever') : moment(recording.keep_until, language)
    told.push({ key: 'until', name: t('keep.until'), value: hold ? t('keep.whileHeld') : end })
  } else if (recording?.state === 'DELETED') {
    const at = moment(recording.deleted_at, language)
    const value = t('keep.deleted.says', { at, why: recording.detail ?? '' })
    told.push({ key: 'deleted', name: t('keep.deleted'), value })
  } else if (recording?.state === 'MISSING') {
    told.push({ key: 'missing', name: t('keep.missing'), value: recording.detail ?? '' })
  }
  if (hold) {
    const value = t('keep.held.says', { reason: hold.reason, who: hold.who, at: moment(hold.at, language) })
    told.push({ key: 'held', name: t('keep.held'), value })
  }
  return told
}

export function Keeping({
  attempt,
  hold,
  rights,
  onChanged,
}: {
  attempt: Attempt
  hold: LegalHold | null
  rights: readonly Right[]
  onChanged: (hold: LegalHold | null) => void
}) {
  const { t } = useText()
  const [asking, setAsking] = useState(false)
  const [full, setFull] = useState(false)
  const [holds, hears, sees] = (['HOLD_RECORDINGS', 'HEAR_RECORDINGS', 'SEE_NUMBERS'] as const).map((one) =>
    rights.includes(one),
  )
  if (!holds && !hears) return null
  return (
    <div className="rp-keeping">
      {hears && (
        <>
          <Button
            href={evidenceAddress(attempt.attempt_id, full && sees === true)}
            title={t('keep.export.says')}
            download
          >
            {t('keep.export')}
          </Button>
          {sees && (
            <Checkbox checked={full} onChange={(event) => setFull(event.target.checked)}>
              {t('keep.export.full')}
            </Checkbox>
          )}
        </>
      )}
      {holds && <Button onClick={() => setAsking(true)}>{t(hold ? 'keep.lift' : 'keep.hold')}</Button>}
      {asking && (
        <WhyDialog
          attempt={attempt}
          held={hold !== null}
          onClose={() => setAsking(false)}
          onDone={(changed) => {
            setAsking(false)
            onChanged(changed)
          }}
        />
      )}
    </div>
  )
}

/** Neither is done without a reason: it is what an auditor asks for. */
function WhyDialog({
  attempt,
  held,
  onClose,
  onDone,
}: {
  attempt: Attempt
  held: boolean
  onClose: () => void
  onDone: (hold: LegalHold | null) => void
}) {
  const { t } = useText()
  const tell = useTell()
  const field = useId()
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const what = held ? 'keep.lift' : 'keep.hold'
  const given = reason.trim()
  const send = async () => {
    setBusy(true)
    try {
      if (held) await api.liftHold(attempt.attempt_id, given)
      onDone(held ? null : await api.holdRecording(attempt.attempt_id, given))
    } catch (error) {
      tell.wrong(error)
      setBusy(false)
    }
  }
  return (
    <Modal
      open
      title={t(`${what}.title`, { name: attempt.name || attempt.number })}
      mask={{ closable: false }}
      onCancel={onClose}
      onOk={send}
      okText={t(`${what}.do`)}
      okButtonProps={{ danger: held, disabled: given.length < SHORTEST }}
      confirmLoading={busy}
      cancelText={t('app.cancel')}
    >
      <p>{t(`${what}.says`)}</p>
      <label htmlFor={field}>{t('keep.reason')}</label>
      <Input
        id={field}
        autoFocus
        value={reason}
        maxLength={LONGEST}
        onChange={(event) => setReason(event.target.value)}
        onPressEnter={() => given.length >= SHORTEST && void send()}
      />
      <p className="rp-quiet">{given.length < SHORTEST && t('keep.reason.short')}</p>
    </Modal>
  )
}
