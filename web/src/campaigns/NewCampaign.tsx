/** Makes a campaign: the keys that most people set, all others as JSON; what the service refuses is shown at its key. */

import { Alert, App, Form, Input, InputNumber, Modal, Select } from 'antd'
import { useState } from 'react'
import { ApiError, api } from '../api/client'
import { PACING_MODES } from '../api/payloads'
import { useTell, useText, wordsOf } from '../look/look'
import type { Translate } from '../text/dictionary'
import { type Mark, type MoreFault, marksOf, NEW_PLAN, type PlanForm, planOf, problemsIn } from './plan'
import { Windows } from './Windows'

const EXAMPLE = '{"caps": {"per_number": 2}}'

export function NewCampaign({ onClose, onMade }: { onClose: () => void; onMade: (campaignId: number) => void }) {
  const { t } = useText()
  const tell = useTell()
  const { message } = App.useApp()
  const [form] = Form.useForm<PlanForm>()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const mode = Form.useWatch('mode', form)

  const mark = (marks: Mark[]) => form.setFields(marks.map(({ name, errors }) => ({ name: name as never, errors })))
  // A field without rules would keep what the service said of it for ever.
  const clear = (names: string[]) => form.setFields(names.map((name) => ({ name: name as keyof PlanForm, errors: [] })))
  const refused = (error: unknown) => {
    if (!(error instanceof ApiError) || ![409, 422].includes(error.status)) return setProblem(wordsOf(error, t))
    const found = error.status === 409 ? [{ field: ['name'], words: error.message }] : problemsIn(error.message)
    const { marks, others } = marksOf(found)
    mark(marks)
    setProblem(others.length > 0 ? others.join('; ') : t('plan.wrong'))
  }
  const make = async (filled: PlanForm) => {
    setProblem(undefined)
    clear(Object.keys(NEW_PLAN))
    const read = planOf(filled)
    if ('fault' in read) return mark([{ name: ['more'], errors: [faultWords(read.fault, t)] }])
    setBusy(true)
    try {
      const made = await api.makeCampaign(read.plan)
      tell.right(t('campaigns.made', { name: filled.name.trim() }))
      if (made.warnings.length > 0) {
        void message.warning(t('campaigns.warnings', { warnings: made.warnings.join('; ') }), 8)
      }
      onMade(made.campaign_id)
    } catch (error) {
      refused(error)
      setBusy(false)
    }
  }

  const needed = { required: true, whitespace: true, message: t('users.required') }
  const number = { required: true, message: t('users.required') }
  return (
    <Modal
      open
      width={720}
      title={t('campaigns.new')}
      okText={t('campaigns.new')}
      okButtonProps={{ loading: busy }}
      cancelText={t('app.cancel')}
      mask={{ closable: false }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        initialValues={NEW_PLAN}
        onFinish={make}
        onValuesChange={(changed) => clear(Object.keys(changed))}
      >
        <Form.Item name="name" label={t('campaigns.name')} rules={[needed]}>
          <Input autoComplete="off" maxLength={80} />
        </Form.Item>
        <Form.Item name="trunk" label={t('plan.trunk')} rules={[needed]}>
          <Input autoComplete="off" maxLength={80} />
        </Form.Item>
        <Form.Item name="caller_id" label={t('plan.callerId')} rules={[needed]}>
          <Input autoComplete="off" maxLength={40} />
        </Form.Item>
        <Form.Item name="script" label={t('plan.script')}>
          <Input.TextArea autoSize={{ minRows: 3, maxRows: 10 }} />
        </Form.Item>
        <Windows />
        <Form.Item name="mode" label={t('campaigns.mode')} extra={mode && t(`mode.${mode}.says`)}>
          <Select options={PACING_MODES.map((one) => ({ value: one, label: t(`mode.${one}`) }))} />
        </Form.Item>
        <Form.Item name="ring_timeout_s" label={t('plan.ringTimeout')} rules={[number]}>
          <InputNumber min={15} max={60} />
        </Form.Item>
        <Form.Item name="wrap_up_s" label={t('plan.wrapUp')} rules={[number]}>
          <InputNumber min={1} max={600} />
        </Form.Item>
        <Form.Item name="more" label={t('plan.more')} extra={t('plan.more.says', { example: EXAMPLE })}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 10 }} spellCheck={false} />
        </Form.Item>
        <button type="submit" hidden />
      </Form>
      {problem !== undefined && <Alert type="error" showIcon title={problem} />}
    </Modal>
  )
}

function faultWords(fault: MoreFault, t: Translate): string {
  switch (fault.kind) {
    case 'notJson':
      return t('plan.notJson', { why: fault.why })
    case 'notObject':
      return t('plan.notObject', { example: EXAMPLE })
    case 'twice':
      return t('plan.twice', { key: fault.key })
  }
}
