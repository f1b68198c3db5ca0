/** Adds a webhook; the service makes the secret. */

import { Checkbox, Form, Input } from 'antd'
import { HOOK_EVENTS, hooksApi, type NewHook } from '../api/hooks'
import { useText } from '../look/look'
import { AddDialog, useRules } from './AddDialog'

interface AddWebhookProps {
  /** Whether whoever adds it may see full numbers, and so may have them sent. */
  seesNumbers: boolean
  onClose: () => void
  onAdded: (name: string, secret: string) => void
}

export function AddWebhook({ seesNumbers, onClose, onAdded }: AddWebhookProps) {
  const { t } = useText()
  const { needed, named } = useRules()
  const add = async (filled: NewHook) => {
    const made = await hooksApi.add({ ...filled, full_numbers: filled.full_numbers ?? false })
    onAdded(made.name, made.secret)
  }
  const initial = { events: [...HOOK_EVENTS], full_numbers: false }
  return (
    <AddDialog<NewHook> title={t('hooks.add')} initial={initial} add={add} onClose={onClose}>
      <Form.Item name="name" label={t('hooks.name')} rules={[needed, named]}>
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
    </AddDialog>
  )
}
