/** Reviews that were given, answer by answer, with the agent's reply; and how far calibrating reviewers lie apart. */

import { useText } from '../look/look'
import { nameOf } from './Notes'
import type { Answer, Calibration, Card, Review, Scorecard } from './types'

export function Given({ review, card }: { review: Review; card: Scorecard | undefined }) {
  const { t } = useText()
  return (
    <article className="rq-given">
      <header className="rp-actions">
        <h3>{t('score.by', { who: nameOf(review.reviewer) })}</h3>
        <strong>{review.score === null ? '–' : review.score.toFixed(1)}</strong>
        {review.failed && <span className="rp-urgent">{t('score.failed')}</span>}
      </header>
      {card && <Said card={card.card} review={review} />}
      {review.comment !== '' && <p>{review.comment}</p>}
      {review.reply !== null && (
        <p className="rq-reply">
          <b>{t('score.reply')}:</b> {review.reply}
        </p>
      )}
    </article>
  )
}

function Said({ card, review }: { card: Card; review: Review }) {
  const { t } = useText()
  const shown = (answer: Answer | undefined) =>
    answer === undefined ? '–' : typeof answer === 'number' ? String(answer) : t(`score.${answer}`)
  return (
    <dl className="rp-card">
      {card.groups.flatMap((group) =>
        group.questions.map((question) => (
          <div key={question.id} className="rp-row">
            <dt>{question.text}</dt>
            <dd>
              {shown(review.answers[question.id])}
              {question.points !== null && typeof review.answers[question.id] === 'number' && ` / ${question.points}`}
            </dd>
          </div>
        )),
      )}
    </dl>
  )
}

export function Spread({ calibration, card }: { calibration: Calibration; card: Scorecard | undefined }) {
  const { t } = useText()
  if (calibration.blind || calibration.reviewers.length === 0) return null
  const names = new Map(card?.card.groups.flatMap((group) => group.questions.map((one) => [one.id, one.text])))
  const inPercent = (share: number | null) => (share === null ? t('score.NA') : `${Math.round(share * 100)}%`)
  return (
    <section className="rp-stack">
      <h3>
        {t('calibrate.spread')}
        {calibration.apart !== null && ` · ${t('calibrate.apart', { points: calibration.apart.toFixed(1) })}`}
      </h3>
      <table className="rq-spread">
        <thead>
          <tr>
            <th scope="col">{t('calibrate.question')}</th>
            {calibration.reviewers.map((who) => (
              <th key={who} scope="col">
                {nameOf(who)}
              </th>
            ))}
            <th scope="col">{t('calibrate.difference')}</th>
          </tr>
        </thead>
        <tbody>
          {calibration.questions.map((one) => (
            <tr key={one.question} className={one.apart >= 0.5 ? 'rq-apart' : ''}>
              <th scope="row">{names.get(one.question) ?? one.question}</th>
              {calibration.reviewers.map((who, at) => (
                <td key={who}>{inPercent(one.shares[at] ?? null)}</td>
              ))}
              <td>{Math.round(one.apart * 100)}%</td>
            </tr>
          ))}
          <tr>
            <th scope="row">{t('score.total')}</th>
            {calibration.scores.map((score, at) => (
              <td key={calibration.reviewers[at]}>{score === null ? '–' : score.toFixed(1)}</td>
            ))}
            <td>{calibration.apart === null ? '–' : calibration.apart.toFixed(1)}</td>
          </tr>
        </tbody>
      </table>
    </section>
  )
}
