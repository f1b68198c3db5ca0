/** What one looks for among the calls; nothing is asked before the form is sent. */

import { Button, Checkbox, Input, InputNumber, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { DISPOSITIONS, OUTCOMES } from '../api/payloads'
import { useText } from '../look/look'
import { isoOfLocal } from '../text/format'

export interface Filters {
  campaign: string
  agent: string
  outcome: string
  disposition: string
  /** As inputs of type datetime-local hold them. */
  since: string
  until: string
  longerThan_s: number | null
  onlyRecorded: boolean
}

export const NO_FILTERS: Filters = {
  campaign: '',
  agent: '',
  outcome: '',
  disposition: '',
  since: '',
  until: '',
  longerThan_s: null,
  onlyRecorded: false,
}

/** As the service takes them; what does not matter is left out. */
export function queryOf(filters: Filters): Record<string, string | number | undefined> {
  return {
    campaign: filters.campaign.trim(),
    agent: filters.agent.trim(),
    outcome: filters.outcome,
    disposition: filters.disposition,
    since: isoOfLocal(filters.since),
    until: isoOfLocal(filters.until),
    longer_than_s: filters.longerThan_s ?? undefined,
    has_recording: filters.onlyRecorded ? 'true' : undefined,
  }
}

export function FilterBar({ onFind, busy }: { onFind: (filters: Filters) => void; busy: boolean }) {
  const { t } = useText()
  const [filters, setFilters] = useState(NO_FILTERS)
  const change = (more: Partial<Filters>) => setFilters({ ...filters, ...more })
  const any = { value: '', label: t('calls.any') }
  return (
    <form
      className="rp-filters"
      onSubmit={(event) => {
        event.preventDefault()
        onFind(filters)
      }}
    >
      <Field label={t('calls.campaign')}>
        <Input
          value={filters.campaign}
          maxLength={200}
          onChange={(event) => change({ campaign: event.target.value })}
        />
      </Field>
      <Field label={t('calls.agent')}>
        <Input value={filters.agent} maxLength={40} onChange={(event) => change({ agent: event.target.value })} />
      </Field>
      <Field label={t('calls.outcome')}>
        <Select
          value={filters.outcome}
          onChange={(outcome) => change({ outcome })}
          options={[any, ...OUTCOMES.map((one) => ({ value: one as string, label: t(`outcome.${one}`) }))]}
        />
      </Field>
      <Field label={t('calls.disposition')}>
        <Select
          value={filters.disposition}
          onChange={(disposition) => change({ disposition })}
          options={[
            any,
            ...([...DISPOSITIONS, 'NOT_RECORDED'] as const).map((one) => ({
              value: one as string,
              label: t(`disposition.${one}`),
            })),
          ]}
        />
      </Field>
      <Field label={t('calls.since')} wide>
        <input
          type="datetime-local"
          className="rp-input"
          value={filters.since}
          onChange={(event) => change({ since: event.target.value })}
        />
      </Field>
      <Field label={t('calls.until')} wide>
        <input
          type="datetime-local"
          className="rp-input"
          value={filters.until}
          onChange={(event) => change({ until: event.target.value })}
        />
      </Field>
      <Field label={t('calls.longerThan')}>
        <InputNumber
          value={filters.longerThan_s}
          min={0}
          max={86_400}
          onChange={(longerThan_s) => change({ longerThan_s })}
        />
      </Field>
      <Checkbox checked={filters.onlyRecorded} onChange={(event) => change({ onlyRecorded: event.target.checked })}>
        {t('calls.onlyRecorded')}
      </Checkbox>
      <Button type="primary" htmlType="submit" loading={busy}>
        {t('calls.find')}
      </Button>
      <Button
        onClick={() => {
          setFilters(NO_FILTERS)
          onFind(NO_FILTERS)
        }}
      >
        {t('calls.clear')}
      </Button>
    </form>
  )
}

function Field({ label, wide = false, children }: { label: string; wide?: boolean; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label className={wide ? 'rp-field rp-field-wide' : 'rp-field'}>
      <span>{label}</span>
      {children}
    </label>
  )
}
