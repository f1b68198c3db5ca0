/** A dialog that adds something: its fields, one try at a time, and what the service has against it. */

import { Alert, Form, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useText, wordsOf } from '../look/look'

interface AddDialogProps<Filled> {
  title: string
  initial?: Partial<Filled>
  /** Adds it, and sees to the rest; what it throws is shown, and may be mended. */
  add: (filled: Filled) => Promise<void>
  onClose: () => void
  /** The fields. */
  children: ReactNode
}

export function AddDialog<Filled extends object>({ title, initial, add, onClose, children }: AddDialogProps<Filled>) {
  const { t } = useText()
  const [form] = Form.useForm<Filled>()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>()
  const submit = async (filled: Filled) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await add(filled)
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }
  return (
    <Modal
      open
      title={title}
      okText={title}
      okButtonProps={{ loading: busy }}
      cancelText={t('app.cancel')}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form form={form} layout="vertical" initialValues={initial ?? {}} onFinish={submit}>
        {children}
        <button type="submit" hidden />
      </Form>
      {problem !== undefined && <Alert type="error" showIcon title={wordsOf(problem, t)} />}
    </Modal>
  )
}

/** The rules of a field that must be filled in, and of a name that stands in paths. */
export function useRules() {
  const { t } = useText()
  const needed = { required: true, message: t('users.required') }
  return { needed, named: { pattern: /^[A-Za-z0-9_-]{1,40}$/, message: t('users.pattern') } }
}
