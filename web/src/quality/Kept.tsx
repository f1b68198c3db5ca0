/** What was kept: filters under a name, samples with their progress, talks that are being calibrated. */

import { App, Button, Form, Input, InputNumber, Modal, Select } from 'antd'
import { useState } from 'react'
import { useTell, useText } from '../look/look'
import { asking } from './asking'
import type { Sample, SavedFilter, Sought } from './types'

export function SavedFilters({
  list,
  sought,
  onUse,
  onChanged,
}: {
  list: readonly SavedFilter[]
  sought: Sought
  onUse: (sought: Sought) => void
  onChanged: () => void
}) {
  const { t } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const [name, setName] = useState('')
  const save = () =>
    asking
      .save(name.trim(), sought)
      .then(() => {
        setName('')
        onChanged()
      })
      .catch(tell.wrong)
  const remove = (one: SavedFilter) =>
    modal.confirm({
      title: t('find.remove', { name: one.name }),
      content: t('find.remove.says'),
      okText: t('find.remove.do'),
      cancelText: t('app.cancel'),
      onOk: () => asking.removeSaved(one.filter_id).then(onChanged).catch(tell.wrong),
    })
  return (
    <section className="rp-stack">
      <h2>{t('find.saved')}</h2>
      {list.length === 0 && <p className="rp-quiet">{t('find.saved.none')}</p>}
      <ul className="rq-kept">
        {list.map((one) => (
          <li key={one.filter_id}>
            <Button size="small" onClick={() => onUse(one.filters)}>
              {one.name}
            </Button>
            <Button size="small" aria-label={t('find.remove', { name: one.name })} onClick={() => remove(one)}>
              ✕
            </Button>
          </li>
        ))}
      </ul>
      <form
        className="rq-note-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') void save()
        }}
      >
        <Input
          aria-label={t('find.save.name')}
          placeholder={t('find.save.name')}
          value={name}
          maxLength={80}
          onChange={(event) => setName(event.target.value)}
        />
        <Button htmlType="submit" disabled={name.trim() === ''}>
          {t('find.save')}
        </Button>
      </form>
    </section>
  )
}

export function Samples({
  list,
  opened,
  sought,
  onOpen,
  onClose,
  onChanged,
}: {
  list: readonly Sample[]
  opened: number | undefined
  sought: Sought
  onOpen: (sampleId: number) => void
  onClose: () => void
  onChanged: () => void
}) {
  const { t } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const [drawing, setDrawing] = useState(false)
  const remove = (one: Sample) =>
    modal.confirm({
      title: t('find.remove', { name: one.name }),
      content: t('sample.remove.says'),
      okText: t('find.remove.do'),
      cancelText: t('app.cancel'),
      onOk: () =>
        asking
          .removeSample(one.sample_id)
          .then(() => {
            if (one.sample_id === opened) onClose()
            onChanged()
          })
          .catch(tell.wrong),
    })
  return (
    <section className="rp-stack">
      <h2>{t('sample.title')}</h2>
      <Button onClick={() => setDrawing(true)}>{t('sample.draw')}</Button>
      {opened !== undefined && <Button onClick={onClose}>{t('sample.close')}</Button>}
      {list.length === 0 && <p className="rp-quiet">{t('sample.none')}</p>}
      <ul className="rq-kept">
        {list.map((one) => (
          <li key={one.sample_id}>
            <Button
              size="small"
              type={one.sample_id === opened ? 'primary' : 'default'}
              aria-label={t('sample.open', { name: one.name })}
              onClick={() => onOpen(one.sample_id)}
            >
              {one.name}
            </Button>
            <span className="rp-quiet">{t('sample.progress', { done: one.done, size: one.size })}</span>
            <Button size="small" aria-label={t('find.remove', { name: one.name })} onClick={() => remove(one)}>
              ✕
            </Button>
          </li>
        ))}
      </ul>
      {drawing && (
        <DrawDialog
          sought={sought}
          onClose={() => setDrawing(false)}
          onDrawn={(sampleId) => {
            setDrawing(false)
            onChanged()
            onOpen(sampleId)
          }}
        />
      )}
    </section>
  )
}

interface Wish {
  name: string
  size: number
  drawn_by: string
  seed: number
}

function DrawDialog({
  sought,
  onClose,
  onDrawn,
}: {
  sought: Sought
  onClose: () => void
  onDrawn: (sampleId: number) => void
}) {
  const { t } = useText()
  const tell = useTell()
  const [form] = Form.useForm<Wish>()
  const [busy, setBusy] = useState(false)
  const draw = async (wish: Wish) => {
    setBusy(true)
    try {
      onDrawn((await asking.draw({ ...wish, filters: sought })).sample_id)
    } catch (error) {
      tell.wrong(error)
      setBusy(false)
    }
  }
  const needed = [{ required: true, message: t('users.required') }]
  const by = ['RISK', 'RANDOM'] as const
  return (
    <Modal
      open
      title={t('sample.draw')}
      okText={t('sample.do')}
      okButtonProps={{ loading: busy }}
      cancelText={t('app.cancel')}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p>{t('sample.says')}</p>
      <Form
        form={form}
        layout="vertical"
        initialValues={{ name: new Date().toISOString().slice(0, 10), size: 20, drawn_by: 'RISK', seed: 1 }}
        onFinish={draw}
      >
        <Form.Item name="name" label={t('find.save.name')} rules={needed}>
          <Input maxLength={80} />
        </Form.Item>
        <Form.Item name="size" label={t('sample.size')} rules={needed}>
          <InputNumber min={1} max={500} precision={0} />
        </Form.Item>
        <Form.Item name="drawn_by" label={t('sample.by')}>
          <Select options={by.map((one) => ({ value: one, label: t(`sample.${one}`) }))} />
        </Form.Item>
        <Form.Item name="seed" label={t('sample.seed')} rules={needed}>
          <InputNumber min={0} max={2_147_483_647} precision={0} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
