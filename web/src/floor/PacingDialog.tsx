/** Changes a campaign's pacing, and shows before what will be different and after what the service made of it. */

import { Alert, Form, InputNumber, Modal, Radio, Select } from 'antd'
import { useState } from 'react'
import { api } from '../api/client'
import { type Campaign, PACING_MODES, type Pacing } from '../api/payloads'
import { useTell, useText, wordsOf } from '../look/look'
import type { Translate } from '../text/dictionary'
import { percent } from '../text/format'
import { changesIn, formOf, type PacingForm } from './pacing'

/** What the service last answered of each campaign's pacing: its topic tells mode and ratio alone. */
const answered = new Map<number, Pacing>()

export function PacingDialog({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const { t } = useText()
  const tell = useTell()
  // As it was when the dialog was opened: news that comes meanwhile must not change what is being typed.
  const [before] = useState(() => formOf(campaign, answered.get(campaign.campaign_id)))
  const [form, setForm] = useState(before)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>()
  const changes = changesIn(form, before)
  const nothing = Object.keys(changes).length === 0
  const change = (more: PacingForm) => setForm({ ...form, ...more })

  const apply = async () => {
    if (nothing) return
    setBusy(true)
    setProblem(undefined)
    try {
      const { pacing } = await api.command(campaign.campaign_id, { do: 'pacing', ...changes })
      answered.set(campaign.campaign_id, pacing)
      tell.right(
        t('pacing.done', {
          mode: t(`mode.${pacing.mode}`),
          ratio: pacing.ratio,
          most: pacing.max_in_flight,
          limit: percent(pacing.max_abandonment),
        }),
      )
      onClose()
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }

  return (
    <Modal
      open
      title={t('pacing.title', { name: campaign.name })}
      okText={t('pacing.do')}
      okButtonProps={{ disabled: nothing, loading: busy }}
      cancelText={t('app.cancel')}
      onOk={apply}
      onCancel={onClose}
    >
      <Form layout="vertical" onFinish={apply}>
        <Form.Item label={t('pacing.mode')} htmlFor="pacing-mode" help={form.mode && t(`mode.${form.mode}.says`)}>
          <Select
            id="pacing-mode"
            value={form.mode ?? null}
            onChange={(mode) => change(mode ? { mode } : {})}
            options={PACING_MODES.map((mode) => ({ value: mode, label: t(`mode.${mode}`) }))}
          />
        </Form.Item>
        {form.mode !== before.mode && (form.mode === 'AGENTLESS' || before.mode === 'AGENTLESS') && (
          <Alert type="warning" showIcon title={t('pacing.fits')} />
        )}
        {form.mode === 'RATIO' && (
          <NumberItem name="ratio" label={t('pacing.ratio')} form={form} change={change} min={1} max={5} step={0.1} />
        )}
        <NumberItem
          name="max_in_flight"
          label={t('pacing.maxInFlight')}
          form={form}
          change={change}
          min={1}
          max={1_000_000}
          step={1}
        />
        <NumberItem
          name="max_abandonment_percent"
          label={t('pacing.maxAbandonment')}
          form={form}
          change={change}
          min={0.1}
          max={10}
          step={0.1}
        />
        {form.mode === 'PREDICTIVE' && (
          <Form.Item label={t('pacing.lateCancel')}>
            <Radio.Group
              value={form.late_cancel ?? 'as_it_is'}
              onChange={(event) => change({ late_cancel: event.target.value })}
              options={[
                ...(before.late_cancel === 'as_it_is' ? [{ value: 'as_it_is', label: t('pacing.asItIs') }] : []),
                { value: 'on', label: t('pacing.on') },
                { value: 'off', label: t('pacing.off') },
              ]}
            />
          </Form.Item>
        )}
        <button type="submit" hidden />
      </Form>
      <p role="status" className="rp-quiet">
        {nothing ? t('pacing.nothing') : `${t('pacing.effect')}: ${effectOf(changes, before, t)}`}
      </p>
      {problem !== undefined && <Alert type="error" showIcon title={wordsOf(problem, t)} />}
    </Modal>
  )
}

interface NumberItemProps {
  name: 'ratio' | 'max_in_flight' | 'max_abandonment_percent'
  label: string
  form: PacingForm
  change: (more: PacingForm) => void
  min: number
  max: number
  step: number
}

function NumberItem({ name, label, form, change, min, max, step }: NumberItemProps) {
  const { t } = useText()
  return (
    <Form.Item label={label} htmlFor={`pacing-${name}`}>
      <InputNumber
        id={`pacing-${name}`}
        value={form[name] ?? null}
        placeholder={t('pacing.asItIs')}
        min={min}
        max={max}
        step={step}
        precision={step < 1 ? 2 : 0}
        onChange={(value) => change({ [name]: value })}
      />
    </Form.Item>
  )
}

/** The changes in words: what it was, where that is known, and what it will be. */
function effectOf(changes: Partial<Pacing>, before: PacingForm, t: Translate): string {
  const told: string[] = []
  const say = (what: string, was: string | number | null | undefined, will: string | number) =>
    told.push(was === null || was === undefined ? `${what} → ${will}` : `${what} ${was} → ${will}`)
  if (changes.mode) say(t('pacing.mode'), before.mode && t(`mode.${before.mode}`), t(`mode.${changes.mode}`))
  if (changes.ratio !== undefined) say(t('pacing.ratio'), before.ratio, changes.ratio)
  if (changes.max_in_flight !== undefined) say(t('pacing.maxInFlight'), before.max_in_flight, changes.max_in_flight)
  if (changes.max_abandonment !== undefined) {
    say(t('pacing.maxAbandonment'), before.max_abandonment_percent, Number((changes.max_abandonment * 100).toFixed(4)))
  }
  if (changes.late_cancel !== undefined) {
    say(t('pacing.lateCancel'), undefined, t(changes.late_cancel ? 'pacing.on' : 'pacing.off'))
  }
  return told.join('; ')
}
