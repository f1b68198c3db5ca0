/** A script as it is walked: the present step large, the way so far, fields, and what is at hand. All of it is text. */

import { Button, Segmented } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useText } from '../look/look'
import { AtHand } from './AtHand'
import { Fields } from './Fields'
import {
  type AnswerFault,
  backTo,
  endingOf,
  type Flow,
  faultOf,
  inLanguage,
  spoken,
  stepOf,
  take,
  type Walk,
} from './flow'
import { scriptMeaningOf } from './keys'
import { Reasons } from './Reasons'
import './script.css'

interface WalkerProps {
  flow: Flow
  walk: Walk
  onWalk: (walk: Walk) => void
  /** Asks somebody who looks closer whether a step may be passed: what they say against it, or undefined. */
  check?: ((walk: Walk) => Promise<string | undefined>) | undefined
  /** Stands at the foot: whether it is kept. */
  says?: string | undefined
}

export function Walker({ flow, walk, onWalk, check, says }: WalkerProps) {
  const { t, language } = useText()
  const [chosen, setChosen] = useState<string>()
  const [faults, setFaults] = useState<Readonly<Record<string, AnswerFault | string>>>({})
  const [busy, setBusy] = useState(false)
  const moved = useRef(false)
  const step = stepOf(flow, walk)
  const here = walk.path.at(-1)?.step
  const tongue = chosen ?? flow.language
  const label = (text: Readonly<Record<string, string>>) => inLanguage(text, language, flow) ?? ''

  const move = (next: Walk) => {
    moved.current = true
    setFaults({})
    onWalk(next)
  }
  const answer = (name: string, value: string) => {
    setFaults(({ [name]: _, ...others }) => others)
    onWalk({ ...walk, answers: { ...walk.answers, [name]: value } })
  }
  const on = async () => {
    if (busy || !step?.next) return
    const found = step.fields.flatMap((field) => {
      const fault = faultOf(field, walk.answers[field.name])
      return fault ? [[field.name, fault] as const] : []
    })
    setFaults(Object.fromEntries(found))
    const [first] = found
    if (first) return document.getElementById(`script-${first[0]}`)?.focus()
    const next = take(flow, walk, null)
    if (check && step.fields.length > 0) {
      setBusy(true)
      const against = await check(next)
      setBusy(false)
      const [, name, words] = /^answers\.(\w+): (.*)$/s.exec(against ?? '') ?? []
      if (name !== undefined && words !== undefined) {
        setFaults({ [name]: words })
        return document.getElementById(`script-${name}`)?.focus()
      }
    }
    move(next)
  }
  const choose = (key: string) => {
    const end = endingOf(flow, walk)
    const reason = flow.reasons[Number(key) - 1]
    if (end?.asks && reason) onWalk({ ...walk, reason: reason.code })
    else move(take(flow, walk, key))
  }
  const back = () => move(backTo(walk, walk.path.length - 2))

  useKeys({ choose, on: () => void on(), back })
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another step is shown, and never on the first drawing
  useEffect(() => {
    if (moved.current) document.querySelector<HTMLElement>('.rp-walk-fields input, .rp-walk-fields select')?.focus()
  }, [here])
  if (step === undefined) return null
  const end = endingOf(flow, walk)
  return (
    <div className="rp-walk">
      <div className="rp-walk-main">
        <div className="rp-walk-head">
          <nav aria-label={t('script.way')}>
            <ol className="rp-crumbs">
              {walk.path.map((one, index) => {
                const passed = flow.steps[one.step]
                const took = passed?.choices.find((choice) => choice.key === one.key)
                const last = index === walk.path.length - 1
                return (
                  <li key={one.step} aria-current={last ? 'step' : undefined}>
                    {last ? (
                      <strong>{passed && label(passed.title)}</strong>
                    ) : (
                      <button type="button" onClick={() => move(backTo(walk, index))}>
                        {passed && label(passed.title)}
                        {took && <span className="rp-quiet"> · {label(took.label)}</span>}
                      </button>
                    )}
                  </li>
                )
              })}
            </ol>
          </nav>
          {flow.languages.length > 1 && (
            <Segmented
              size="small"
              aria-label={t('script.language')}
              value={tongue}
              options={flow.languages.map((one) => ({ value: one, label: NAMES[one] ?? one }))}
              onChange={setChosen}
            />
          )}
        </div>
        <p className="rp-say" aria-live="polite" lang={tongue}>
          {spoken(inLanguage(step.say, tongue, flow), flow, walk, tongue)}
        </p>
        {step.fields.length > 0 && (
          <Fields
            fields={step.fields}
            answers={walk.answers}
            faults={faults}
            label={label}
            onAnswer={answer}
            onDone={() => void on()}
          />
        )}
        {step.choices.length > 0 && (
          <div className="rp-ways">
            {step.choices.map((choice) => (
              <button
                key={choice.key}
                type="button"
                className="rp-choice"
                aria-keyshortcuts={`Alt+${choice.key}`}
                onClick={() => choose(choice.key)}
              >
                <kbd>Alt {choice.key}</kbd> {label(choice.label)}
              </button>
            ))}
          </div>
        )}
        {end?.asks && (
          <Reasons
            reasons={flow.reasons}
            walk={walk}
            label={label}
            onReason={(reason) => onWalk({ ...walk, reason })}
            onText={(reasonText) => onWalk({ ...walk, reasonText })}
          />
        )}
        {end && (
          <p className={end.ready ? 'rp-walk-end' : 'rp-quiet'} role="status">
            {t('script.end', { disposition: t(`disposition.${end.disposition}`) })}
            {end.reason && ` · ${end.reason}`} {end.ready && check && t('script.filled')}
          </p>
        )}
        <div className="rp-actions">
          {step.next && (
            <Button type="primary" loading={busy} aria-keyshortcuts="Alt+Enter" onClick={() => void on()}>
              {t('script.on')}
            </Button>
          )}
          {walk.path.length > 1 && (
            <Button aria-keyshortcuts="Alt+0" onClick={back}>
              {t('script.back')}
            </Button>
          )}
          <span className="rp-quiet rp-walk-foot">
            {t('script.keys')}
            {says && ` · ${says}`}
          </span>
        </div>
      </div>
      <AtHand key={here} flow={flow} step={step} walk={walk} language={tongue} />
    </div>
  )
}

const NAMES: Readonly<Record<string, string>> = { zh: '中文', en: 'English' }

/** Hears keys on the whole page; always does what the page would do now. */
function useKeys(now: { choose: (key: string) => void; on: () => void; back: () => void }): void {
  const latest = useRef(now)
  useEffect(() => {
    latest.current = now
  })
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const meaning = scriptMeaningOf(event)
      if (meaning === undefined || event.defaultPrevented) return
      event.preventDefault()
      if (meaning.kind === 'choose') latest.current.choose(meaning.key)
      else if (meaning.kind === 'on') latest.current.on()
      else latest.current.back()
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [])
}
