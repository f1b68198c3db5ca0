/** One call from beginning to end: its moments, what was written down of it, and what was said. */

import { Alert } from 'antd'
import { useEffect, useState } from 'react'
import { api, recordingAddress } from '../api/client'
import type { Attempt, AttemptDetails } from '../api/payloads'
import type { Right } from '../api/people'
import { useText, wordsOf } from '../look/look'
import { moment } from '../text/format'
import { Keeping, keepingOf } from './Keeping'
import { ShowNumber } from './ShowNumber'

export function CallDetails({ attempt, rights }: { attempt: Attempt; rights: readonly Right[] }) {
  const hears = rights.includes('HEAR_RECORDINGS')
  const { t, language } = useText()
  const [details, setDetails] = useState<AttemptDetails>()
  const [problem, setProblem] = useState<unknown>()
  useEffect(() => {
    let wanted = true
    api
      .attempt(attempt.attempt_id)
      .then((found) => wanted && setDetails(found))
      .catch((error: unknown) => wanted && setProblem(error))
    return () => {
      wanted = false
    }
  }, [attempt.attempt_id])
  return (
    <div className="rp-stack">
      {hears && attempt.recording?.state === 'STORED' && <Player attempt={attempt} />}
      {rights.includes('SEE_NUMBERS') && <ShowNumber attemptId={attempt.attempt_id} />}
      {problem !== undefined && <Alert type="error" showIcon title={wordsOf(problem, t)} />}
      <dl className="rp-card">
        {attempt.reason && <Fact name={t('record.reason')} value={attempt.reason} />}
        {attempt.note && <Fact name={t('calls.note')} value={attempt.note} />}
        {attempt.number_state && <Fact name={t('calls.heard')} value={t(`heard.${attempt.number_state}`)} />}
        {details?.hung_up_by && <Fact name={t('calls.hungUpBy')} value={t(`hungUp.${details.hung_up_by}`)} />}
        {details?.detail && <Fact name={t('calls.detail')} value={details.detail} />}
        {details && keepingOf(details, t, language).map((one) => <Fact {...one} key={one.key} />)}
        {details?.timeline.map((one) => (
          <Fact key={one.what} name={t(`moment.${one.what}`)} value={moment(one.at, language)} />
        ))}
      </dl>
      {details && (
        <Keeping
          attempt={attempt}
          hold={details.hold}
          rights={rights}
          onChanged={(hold) => setDetails({ ...details, hold })}
        />
      )}
    </div>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="rp-time">{value}</dd>
    </>
  )
}

/** Nothing is fetched before it is asked for: every look at a recording leaves a line in the audit trail. */
function Player({ attempt }: { attempt: Attempt }) {
  const { t } = useText()
  const [broken, setBroken] = useState(false)
  if (broken) return <Alert type="warning" showIcon title={t('calls.noSound')} />
  return (
    // biome-ignore lint/a11y/useMediaCaption: a recorded talk has no captions
    <audio
      className="rp-player"
      controls
      preload="none"
      src={recordingAddress(attempt.attempt_id)}
      aria-label={t('calls.play', { name: attempt.name || attempt.number })}
      onError={() => setBroken(true)}
    />
  )
}
