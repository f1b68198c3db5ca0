/** For agents: what reviewers said of their own talks, and one reply to each. */

import { Button, Empty, Input } from 'antd'
import { useState } from 'react'
import { useTell, useText } from '../look/look'
import { asking } from '../quality/asking'
import { Given } from '../quality/Given'
import '../quality/quality.css'
import type { MyReview } from '../quality/types'
import { duration, moment } from '../text/format'
import { useList } from '../users/useList'

export default function MyReviewsPage() {
  const { t } = useText()
  const { list, busy, again } = useList(asking.mine)
  return (
    <div className="rp-stack">
      <h1>{t('mine.title')}</h1>
      {list.length === 0 && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={busy ? t('app.loading') : t('mine.none')} />
      )}
      {list.map((review) => (
        <OneReview key={review.review_id} review={review} onReplied={() => void again()} />
      ))}
    </div>
  )
}

function OneReview({ review, onReplied }: { review: MyReview; onReplied: () => void }) {
  const { t, language } = useText()
  return (
    <section className="rp-box rp-stack">
      <h2>
        {review.name || review.number}{' '}
        <span className="rp-quiet">
          {review.campaign} · {moment(review.called_at, language)}
        </span>
      </h2>
      <Given review={review} card={review.scorecard} />
      {review.notes.length > 0 && (
        <ul className="rq-notes" aria-label={t('note.title')}>
          {review.notes.map((note) => (
            <li key={note.note_id}>
              <b className="rp-time">{duration(note.at_s)}</b>
              <span>{note.text}</span>
            </li>
          ))}
        </ul>
      )}
      {review.reply === null && <Reply reviewId={review.review_id} onReplied={onReplied} />}
    </section>
  )
}

function Reply({ reviewId, onReplied }: { reviewId: number; onReplied: () => void }) {
  const { t } = useText()
  const tell = useTell()
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const send = async () => {
    setBusy(true)
    try {
      await asking.reply(reviewId, text.trim())
      tell.right(t('mine.sent'))
      onReplied()
    } catch (error) {
      tell.wrong(error)
      setBusy(false)
    }
  }
  return (
    <form
      className="rp-stack"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children */}
      <label className="rp-field">
        <span>{t('mine.reply')}</span>
        <Input.TextArea value={text} rows={2} maxLength={4000} onChange={(event) => setText(event.target.value)} />
      </label>
      <div className="rp-actions">
        <Button type="primary" htmlType="submit" loading={busy} disabled={text.trim() === ''}>
          {t('mine.send')}
        </Button>
      </div>
    </form>
  )
}
