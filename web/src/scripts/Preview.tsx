/** Walks through a script that is being written, as an agent would, for a customer who is made up. */

import { Button, Input } from 'antd'
import { useState } from 'react'
import { useText } from '../look/look'
import { begin, type Flow, type Walk } from '../script/flow'
import { Walker } from '../script/Walker'

interface PreviewProps {
  /** Undefined while something is wrong with it. */
  flow: Flow | undefined
  customer: string
  attributes: string
  onCustomer: (name: string) => void
  onAttributes: (lines: string) => void
}

export function Preview({ flow, customer, attributes, onCustomer, onAttributes }: PreviewProps) {
  const { t } = useText()
  const [walk, setWalk] = useState<Walk>()
  // A step that was walked through may be gone, or lead elsewhere, since the text was changed.
  const fits = flow && walk && followsThrough(flow, walk) ? walk : undefined
  return (
    <section className="rp-box rp-stack" aria-label={t('scripts.preview')}>
      <div className="rp-actions">
        <h2>{t('scripts.preview')}</h2>
        <Button size="small" onClick={() => setWalk(undefined)}>
          {t('scripts.preview.again')}
        </Button>
      </div>
      {flow ? (
        <Walker flow={flow} walk={fits ?? begin(flow)} onWalk={setWalk} />
      ) : (
        <p className="rp-empty">{t('scripts.preview.none')}</p>
      )}
      <label className="rp-field" htmlFor="try-name">
        <span>{t('scripts.customer')}</span>
        <Input
          id="try-name"
          value={customer}
          maxLength={200}
          autoComplete="off"
          onChange={(event) => onCustomer(event.target.value)}
        />
      </label>
      <label className="rp-field" htmlFor="try-attributes">
        <span>{t('scripts.attributes')}</span>
        <Input.TextArea
          id="try-attributes"
          value={attributes}
          rows={2}
          maxLength={4000}
          spellCheck={false}
          onChange={(event) => onAttributes(event.target.value)}
        />
      </label>
    </section>
  )
}

function followsThrough(flow: Flow, walk: Walk): boolean {
  return walk.path.every((move, index) => {
    const [step, after] = [flow.steps[move.step], walk.path[index + 1]?.step]
    if (index === 0 && move.step !== flow.start) return false
    if (step === undefined || after === undefined) return step !== undefined
    return after === (move.key === null ? step.next : step.choices.find((one) => one.key === move.key)?.next)
  })
}
