/** The scorecard beside the player: answered by hand or by keys alone, kept as a draft, and given once. */

import { Alert, App, Button, Input, Select } from 'antd'
import { type KeyboardEvent, useRef, useState } from 'react'
import { useTell, useText } from '../look/look'
import { asking } from './asking'
import { answerOf, scoreOf } from './score'
import type { Answer, Answers, Kind, Question, Review, Scorecard } from './types'

const WORDS = ['YES', 'NO', 'NA'] as const

export function ScoreForm({
  attemptId,
  cards,
  kind,
  draft,
  onSaved,
}: {
  attemptId: string
  /** Those that one may judge by. */
  cards: readonly Scorecard[]
  kind: Kind
  draft: Review | undefined
  onSaved: () => void
}) {
  const { t } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const [cardId, setCardId] = useState(draft?.scorecard_id ?? cards[0]?.scorecard_id)
  const [answers, setAnswers] = useState<Answers>(draft?.answers ?? {})
  const [comment, setComment] = useState(draft?.comment ?? '')
  const [busy, setBusy] = useState(false)
  const form = useRef<HTMLDivElement>(null)
  const chosen = cards.find((one) => one.scorecard_id === cardId) ?? cards[0]
  if (chosen === undefined) return <Alert type="info" showIcon title={t('score.noCard')} />
  const score = scoreOf(chosen.card, answers)

  const save = async (give: boolean) => {
    setBusy(true)
    try {
      await asking.judge(attemptId, { scorecard_id: chosen.scorecard_id, kind, answers, comment, give })
      tell.right(t(give ? 'score.given' : 'score.kept'))
      onSaved()
    } catch (error) {
      tell.wrong(error)
    } finally {
      setBusy(false)
    }
  }
  const give = () =>
    modal.confirm({
      title: t('score.give.title'),
      content: t(kind === 'REVIEW' ? 'score.give.says' : 'score.give.blind'),
      okText: t('score.give'),
      cancelText: t('app.cancel'),
      onOk: () => save(true),
    })
  const answer = (question: Question, value: Answer) => setAnswers((before) => ({ ...before, [question.id]: value }))
  const press = (question: Question) => (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.nativeEvent.isComposing) return
    const value = answerOf(question, event.key)
    if (value === undefined) return
    event.preventDefault()
    event.stopPropagation()
    answer(question, value)
    goOn(form.current, event.currentTarget)
  }
  return (
    <div className="rp-stack" ref={form}>
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children */}
      <label className="rp-field">
        <span>{t('score.card')}</span>
        <Select
          value={chosen.scorecard_id}
          onChange={(id) => {
            setCardId(id)
            setAnswers({})
          }}
          options={cards.map((one) => ({
            value: one.scorecard_id,
            label: t('score.version', { name: one.card.name, version: one.version }),
          }))}
        />
      </label>
      <p className="rp-quiet rq-keys">{t('score.keys')}</p>
      {chosen.card.groups.map((group) => (
        <section key={group.name} className="rq-group">
          <h3>{group.name}</h3>
          {group.questions.map((question) => (
            <Asked
              key={question.id}
              question={question}
              value={answers[question.id]}
              onAnswer={(value) => answer(question, value)}
              onKey={press(question)}
            />
          ))}
        </section>
      ))}
      {/* biome-ignore lint/a11y/noLabelWithoutControl: as above */}
      <label className="rp-field">
        <span>{t('score.comment')}</span>
        <Input.TextArea
          value={comment}
          rows={2}
          maxLength={4000}
          onChange={(event) => setComment(event.target.value)}
        />
      </label>
      <div className="rp-actions rq-total" role="status">
        <strong>
          {t('score.total')} {score.total === null ? '–' : score.total.toFixed(1)}
        </strong>
        {score.failed && <span className="rp-urgent">{t('score.failed')}</span>}
        {score.open > 0 && <span className="rp-quiet">{t('score.open', { count: score.open })}</span>}
      </div>
      <div className="rp-actions">
        <Button loading={busy} onClick={() => void save(false)}>
          {t('score.draft')}
        </Button>
        <Button type="primary" loading={busy} disabled={score.open > 0} onClick={give}>
          {t('score.give')}
        </Button>
      </div>
    </div>
  )
}

function Asked({
  question,
  value,
  onAnswer,
  onKey,
}: {
  question: Question
  value: Answer | undefined
  onAnswer: (value: Answer) => void
  onKey: (event: KeyboardEvent<HTMLElement>) => void
}) {
  const { t } = useText()
  const points = question.points === null ? [] : Array.from({ length: question.points + 1 }, (_, at) => at)
  const choices: Answer[] = question.points === null ? [...WORDS] : [...points, 'NA']
  return (
    <fieldset className="rq-question" data-question={question.id} onKeyDown={onKey}>
      <legend>
        {question.text}{' '}
        <span className="rp-quiet">
          {t('score.weight', { weight: question.weight })}
          {question.instant_fail && <b className="rq-fatal"> {t('score.fatal')}</b>}
        </span>
        {question.help !== '' && <small className="rp-quiet">{question.help}</small>}
      </legend>
      <div className="rq-choices">
        {choices.map((choice) => (
          <label key={choice} className="rq-choice">
            <input
              type="radio"
              name={question.id}
              checked={value === choice}
              onChange={() => onAnswer(choice)}
              aria-label={`${question.text}: ${typeof choice === 'number' ? choice : t(`score.${choice}`)}`}
            />
            {typeof choice === 'number' ? choice : t(`score.${choice}`)}
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** To the next question, or behind the last to the comment. */
function goOn(form: HTMLElement | null, from: HTMLElement): void {
  const all = [...(form?.querySelectorAll<HTMLElement>('[data-question]') ?? [])]
  const next = all[all.indexOf(from) + 1]
  const target =
    next?.querySelector<HTMLElement>('input:checked, input') ?? form?.querySelector<HTMLElement>('textarea')
  target?.focus()
}
