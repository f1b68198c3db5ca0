/** One talk: what was said, what was noted of it, and one's own review beside it. */

import { Alert, App, Button } from 'antd'
import { useCallback, useEffect, useState } from 'react'
import type { User } from '../api/people'
import { may } from '../api/session'
import { useTell, useText } from '../look/look'
import { duration, moment } from '../text/format'
import { asking } from './asking'
import { Given, Spread } from './Given'
import { Player } from './Player'
import { ScoreForm } from './ScoreForm'
import type { Kind, Note, Reviews, Scorecard, Sound, Talk as TalkRow } from './types'

export function Talk({
  talk,
  user,
  cards,
  onReviewed,
}: {
  talk: TalkRow
  user: User
  cards: readonly Scorecard[]
  onReviewed: () => void
}) {
  const { t, language } = useText()
  const tell = useTell()
  const [sound, setSound] = useState<Sound>()
  const [notes, setNotes] = useState<Note[]>([])
  const [reviews, setReviews] = useState<Reviews>()
  const id = talk.attempt_id
  const hears = may(user, 'HEAR_RECORDINGS') && talk.recording?.state === 'STORED'

  const load = useCallback(async () => {
    try {
      const [noted, judged] = await Promise.all([asking.notes(id), asking.reviews(id)])
      setNotes(noted)
      setReviews(judged)
    } catch (error) {
      tell.wrong(error)
    }
  }, [id, tell])
  useEffect(() => void load(), [load])
  useEffect(() => {
    if (hears) asking.sound(id).then(setSound).catch(tell.wrong)
  }, [id, hears, tell])

  return (
    <div className="rq-talk">
      <header className="rq-talk-head">
        <h2>
          {talk.name || talk.number} <span className="rp-quiet">{talk.number}</span>
        </h2>
        <span className="rp-quiet">
          {talk.campaign.name} · {talk.agent_id ?? '–'} · {moment(talk.queued_at, language)}
          {talk.talk_s !== null && ` · ${duration(talk.talk_s)}`}
          {talk.disposition && ` · ${t(`disposition.${talk.disposition}`)}`}
        </span>
      </header>
      {!hears && <Alert type="info" title={t('player.none')} />}
      {sound && (
        <Player attemptId={id} sound={sound} notes={notes} self={`user:${user.username}`} onNotes={() => void load()} />
      )}
      {reviews && (
        <Judged
          talk={talk}
          reviews={reviews}
          cards={cards}
          onChanged={() => {
            void load()
            onReviewed()
          }}
        />
      )}
    </div>
  )
}

function Judged({
  talk,
  reviews,
  cards,
  onChanged,
}: {
  talk: TalkRow
  reviews: Reviews
  cards: readonly Scorecard[]
  onChanged: () => void
}) {
  const { t } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const { calibration } = reviews
  const kind: Kind = calibration?.blind ? 'CALIBRATION' : 'REVIEW'
  const mine = reviews.mine.find((one) => one.kind === kind)
  const cardOf = (id: number) => [...reviews.scorecards, ...cards].find((one) => one.scorecard_id === id)
  const inUse = cards.filter((one) => one.retired_at === null)
  const offered = calibration?.blind ? inUse.filter((one) => one.scorecard_id === calibration.scorecard_id) : inUse
  const calibrate = () =>
    modal.confirm({
      title: t('calibrate.title'),
      content: t('calibrate.says'),
      okText: t('quality.confirm'),
      cancelText: t('app.cancel'),
      onOk: () =>
        asking
          .calibrate(talk.attempt_id, offered[0]?.scorecard_id ?? 0)
          .then(onChanged)
          .catch(tell.wrong),
    })
  const given = [...reviews.mine.filter((one) => one.state === 'GIVEN'), ...reviews.others]
  return (
    <section className="rp-stack rq-judged" aria-label={t('score.title')}>
      <div className="rp-actions">
        <h2>{t('score.title')}</h2>
        {calibration === null && offered.length > 0 && (
          <Button size="small" onClick={calibrate}>
            {t('calibrate.do')}
          </Button>
        )}
      </div>
      {calibration?.blind && <Alert type="info" showIcon title={t('calibrate.blind')} />}
      {mine?.state !== 'GIVEN' && (
        <ScoreForm
          key={`${kind} ${mine?.review_id ?? 0}`}
          attemptId={talk.attempt_id}
          cards={offered}
          kind={kind}
          draft={mine}
          onSaved={onChanged}
        />
      )}
      {calibration && <Spread calibration={calibration} card={cardOf(calibration.scorecard_id)} />}
      {given.map((one) => (
        <Given key={one.review_id} review={one} card={cardOf(one.scorecard_id)} />
      ))}
    </section>
  )
}
