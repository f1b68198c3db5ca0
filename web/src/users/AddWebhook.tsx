/** Adds a webhook; the service makes the secret. */

import { Alert, Checkbox, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { HOOK_EVENTS, hooksApi, type NewHook } from '../api/hooks'
import { useText, wordsOf } from '../look/look'

interface AddWebhookProps {
  /** Whether whoever adds it may see full numbers, and so may have them sent. */
  seesNumbers: boolean
  onClose: () => void
  onAdded: (name: string, secret: string) => void
}

export function AddWebhook({ seesNumbers, onClose, onAdded }: AddWebhookProps) {
  const { t } = useText()
  const [form] = Form.useForm<NewHook>()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>()
  const add = async (filled: NewHook) => {
    setBusy(true)
    setProblem(undefined)
    try {
      const made = await hooksApi.add({ ...filled, full_numbers: filled.full_numbers ?? false })
      onAdded(made.name, made.secret)
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }
  const needed = { required: true, message: t('users.required') }
  return (
    <Modal
      open
      title={t('hooks.add')}
      okText={t('hooks.add')}
      okButtonProps={{ loading: busy }}
      cancelText={t('app.cancel')}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        initialValues={{ events: [...HOOK_EVENTS], full_numbers: false }}
        onFinish={add}
      >
        <Form.Item
          name="name"
          label={t('hooks.name')}
          rules={[needed, { pattern: /^[A-Za-z0-9_-]{1,40}$/, message: t('users.pattern') }]}
        >
          <Input autoComplete="off" maxLength={40} />
        </Form.Item>
        <Form.Item name="url" label={t('hooks.url')} rules={[needed]}>
          <Input autoComplete="off" maxLength={2000} placeholder="https://crm.example/ringpace" />
        </Form.Item>
        <Form.Item name="events" label={t('hooks.events')} rules={[needed]}>
          <Checkbox.Group options={HOOK_EVENTS.map((one) => ({ value: one, label: t(`hooks.event.${one}`) }))} />
        </Form.Item>
        {seesNumbers && (
          <Form.Item name="full_numbers" valuePropName="checked">
            <Checkbox>{t('hooks.full')}</Checkbox>
          </Form.Item>
        )}
        <button type="submit" hidden />
      </Form>
      {problem !== undefined && <Alert type="error" showIcon title={wordsOf(problem, t)} />}
    </Modal>
  )
}
