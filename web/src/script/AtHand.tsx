/** What is at hand while one talks: features, and what customers ask, found by typing a part of it. */

import { Input } from 'antd'
import { useState } from 'react'
import { useText } from '../look/look'
import { enter } from './Fields'
import { type Flow, inLanguage, type Objection, type Step, spoken, type Walk } from './flow'

interface AtHandProps {
  flow: Flow
  step: Step
  walk: Walk
  /** The one that is spoken: what is read from here is said to the customer. */
  language: string
}

/** From so many on there is a search. */
const MANY = 3

export function AtHand({ flow, step, walk, language }: AtHandProps) {
  const { t } = useText()
  const [wanted, setWanted] = useState('')
  const [open, setOpen] = useState<number>()
  const said = (one: Objection['question']) => spoken(inLanguage(one, language, flow), flow, walk, language)
  const features = [...step.features, ...flow.features].map(said)
  const asked = [...step.objections, ...flow.objections].map((one, index) => ({
    index,
    question: said(one.question),
    answer: said(one.answer),
  }))
  if (features.length + asked.length === 0) return null
  const text = wanted.trim().toLowerCase()
  const found = asked.filter((one) => `${one.question}\n${one.answer}`.toLowerCase().includes(text))
  return (
    <aside className="rp-hand" aria-label={t('script.atHand')}>
      {asked.length > 0 && (
        <>
          <h3>{t('script.objections')}</h3>
          {asked.length >= MANY && (
            <Input
              allowClear
              aria-label={t('script.search')}
              placeholder={t('script.search')}
              value={wanted}
              onKeyDown={enter()}
              onChange={(event) => setWanted(event.target.value)}
            />
          )}
          <ul className="rp-hand-list" lang={language}>
            {found.map((one) => {
              const shown = open === one.index || (text !== '' && found.length === 1)
              return (
                <li key={one.index}>
                  <button
                    type="button"
                    aria-expanded={shown}
                    onClick={() => setOpen(open === one.index ? undefined : one.index)}
                  >
                    {one.question}
                  </button>
                  {shown && <p>{one.answer}</p>}
                </li>
              )
            })}
          </ul>
          {found.length === 0 && <p className="rp-quiet">{t('script.noneFound')}</p>}
        </>
      )}
      {features.length > 0 && (
        <>
          <h3>{t('script.features')}</h3>
          <ul className="rp-hand-features" lang={language}>
            {features.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </>
      )}
    </aside>
  )
}
