/** What one looks for among the talks, the measured sound too; filters can be kept under a name. */

import { Button, Input, InputNumber, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { DISPOSITIONS, OUTCOMES } from '../api/payloads'
import { useText } from '../look/look'
import { isoOfLocal } from '../text/format'
import type { Sought } from './types'

export function Filters({ sought, onFind }: { sought: Sought; onFind: (sought: Sought) => void }) {
  const { t } = useText()
  const [asked, setAsked] = useState<Sought>(sought)
  const change = (key: keyof Sought, value: string | number | boolean | null | undefined) =>
    setAsked((before) => {
      const { [key]: _gone, ...rest } = before
      return value === '' || value === null || value === undefined ? rest : { ...rest, [key]: value }
    })
  const any = { value: '', label: t('calls.any') }
  const number = (key: NumberKey, label: string, most: number, least = 0, scale = 1) => (
    <Field label={label}>
      <InputNumber
        value={asked[key] === undefined ? null : Math.round(asked[key] * scale * 100) / 100}
        min={least}
        max={most}
        onChange={(value) => change(key, value === null ? null : value / scale)}
      />
    </Field>
  )
  return (
    <form
      className="rq-filters"
      aria-label={t('find.title')}
      onSubmit={(event) => {
        event.preventDefault()
        onFind(asked)
      }}
    >
      <Field label={t('calls.campaign')}>
        <Input
          value={asked.campaign ?? ''}
          maxLength={200}
          onChange={(event) => change('campaign', event.target.value)}
        />
      </Field>
      <Field label={t('calls.agent')}>
        <Input value={asked.agent ?? ''} maxLength={40} onChange={(event) => change('agent', event.target.value)} />
      </Field>
      <Field label={t('calls.outcome')}>
        <Select
          value={asked.outcome ?? ''}
          onChange={(value) => change('outcome', value)}
          options={[any, ...OUTCOMES.map((one) => ({ value: one as string, label: t(`outcome.${one}`) }))]}
        />
      </Field>
      <Field label={t('calls.disposition')}>
        <Select
          value={asked.disposition ?? ''}
          onChange={(value) => change('disposition', value)}
          options={[
            any,
            ...([...DISPOSITIONS, 'NOT_RECORDED'] as const).map((one) => ({
              value: one as string,
              label: t(`disposition.${one}`),
            })),
          ]}
        />
      </Field>
      <Moment label={t('calls.since')} value={asked.since} onChange={(value) => change('since', value)} />
      <Moment label={t('calls.until')} value={asked.until} onChange={(value) => change('until', value)} />
      {number('longer_than_s', t('calls.longerThan'), 86_400)}
      {number('shorter_than_s', t('find.shorterThan'), 86_400)}
      <Field label={t('find.reviewed')}>
        <Select
          value={asked.reviewed === undefined ? '' : String(asked.reviewed)}
          onChange={(value) => change('reviewed', value === '' ? null : value === 'true')}
          options={[
            any,
            { value: 'true', label: t('find.reviewed.yes') },
            { value: 'false', label: t('find.reviewed.no') },
          ]}
        />
      </Field>
      <details className="rq-sound">
        <summary>{t('find.sound')}</summary>
        <div className="rq-filters">
          {number('dead_air_over_s', t('find.deadAir'), 86_400)}
          {number('overlap_over', t('find.overlap'), 100, 0, 100)}
          {number('agent_share_over', t('find.agentOver'), 100, 0, 100)}
          {number('agent_share_under', t('find.agentUnder'), 100, 0, 100)}
          {number('softer_than_dbfs', t('find.softer'), 0, -100)}
          {number('clipped_over', t('find.clipped'), 100, 0, 100)}
        </div>
      </details>
      <div className="rp-actions">
        <Button type="primary" htmlType="submit">
          {t('calls.find')}
        </Button>
        <Button
          onClick={() => {
            setAsked(NOTHING)
            onFind(NOTHING)
          }}
        >
          {t('calls.clear')}
        </Button>
      </div>
    </form>
  )
}

/** Without a wish one sees the talks that can be heard. */
export const NOTHING: Sought = { has_recording: true }

type NumberKey =
  | 'longer_than_s'
  | 'shorter_than_s'
  | 'dead_air_over_s'
  | 'overlap_over'
  | 'agent_share_over'
  | 'agent_share_under'
  | 'softer_than_dbfs'
  | 'clipped_over'

function Moment(props: { label: string; value: string | undefined; onChange: (iso: string | undefined) => void }) {
  return (
    <Field label={props.label} wide>
      <input
        type="datetime-local"
        className="rp-input"
        value={localOf(props.value)}
        onChange={(event) => props.onChange(isoOfLocal(event.target.value))}
      />
    </Field>
  )
}

/** ISO 8601 as an input of type datetime-local holds it. */
function localOf(iso: string | undefined): string {
  const at = iso === undefined ? Number.NaN : Date.parse(iso)
  if (Number.isNaN(at)) return ''
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

function Field({ label, wide = false, children }: { label: string; wide?: boolean; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label className={wide ? 'rp-field rq-wide' : 'rp-field'}>
      <span>{label}</span>
      {children}
    </label>
  )
}
