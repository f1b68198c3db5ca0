/** The windows of a campaign's plan in its form: kinds of days, from when until when. */

import { Button, Form, Input, Select } from 'antd'
import { useText } from '../look/look'
import { DAY_KINDS, NEW_WINDOW, type WindowForm } from './plan'
import { WeekGrid } from './WeekGrid'

export function Windows() {
  const { t } = useText()
  const form = Form.useFormInstance()
  const painted: WindowForm[] = Form.useWatch('windows', form) ?? []
  const needed = { required: true, message: t('users.required') }
  const days = DAY_KINDS.map((day) => ({ value: day, label: t(`day.${day}`) }))
  return (
    <Form.Item label={t('plan.windows')} required>
      <WeekGrid windows={painted} onChange={(windows) => form.setFieldValue('windows', windows)} />
      <Form.List name="windows">
        {(windows, { add, remove }) => (
          <div className="rp-stack">
            {windows.map(({ key, name: place }) => (
              <fieldset key={key} className="rp-group" aria-label={t('plan.window', { place: place + 1 })}>
                <Form.Item name={[place, 'days']} rules={[needed]} style={{ flex: '1 1 260px', margin: 0 }}>
                  <Select mode="multiple" aria-label={t('plan.days')} placeholder={t('plan.days')} options={days} />
                </Form.Item>
                <Form.Item name={[place, 'opens']} rules={[needed]} style={{ margin: 0 }}>
                  <Input type="time" aria-label={t('plan.opens')} />
                </Form.Item>
                <Form.Item name={[place, 'closes']} rules={[needed]} style={{ margin: 0 }}>
                  <Input type="time" aria-label={t('plan.closes')} />
                </Form.Item>
                {windows.length > 1 && (
                  <Button
                    size="small"
                    aria-label={t('plan.dropWindow', { place: place + 1 })}
                    onClick={() => remove(place)}
                  >
                    ×
                  </Button>
                )}
              </fieldset>
            ))}
            <div>
              <Button size="small" onClick={() => add(NEW_WINDOW)}>
                {t('plan.addWindow')}
              </Button>
            </div>
          </div>
        )}
      </Form.List>
    </Form.Item>
  )
}
