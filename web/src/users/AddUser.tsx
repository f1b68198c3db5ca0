/** Adds a user; the service makes the password. */

import { Alert, Form, Input, Modal, Select } from 'antd'
import { useState } from 'react'
import { api } from '../api/client'
import { type NewUser, ROLES, type Role } from '../api/people'
import { useText, wordsOf } from '../look/look'
import type { Given } from './PasswordOnce'

interface Filled {
  username: string
  name: string
  role: Role
  team?: string
  agent_id?: string
}

export function AddUser({ onClose, onAdded }: { onClose: () => void; onAdded: (given: Given) => void }) {
  const { t } = useText()
  const [form] = Form.useForm<Filled>()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>()

  const add = async ({ username, name, role, team, agent_id }: Filled) => {
    setBusy(true)
    setProblem(undefined)
    const user: NewUser = { username, name, role, ...(team && { team }), ...(agent_id && { agent_id }) }
    try {
      const { password } = await api.addUser(user)
      onAdded({ name, password })
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }

  const needed = { required: true, message: t('users.required') }
  return (
    <Modal
      open
      title={t('users.add')}
      okText={t('users.add')}
      okButtonProps={{ loading: busy }}
      cancelText={t('app.cancel')}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form form={form} layout="vertical" initialValues={{ role: 'AGENT' }} onFinish={add}>
        <Form.Item
          name="username"
          label={t('users.username')}
          rules={[needed, { pattern: /^[A-Za-z0-9_.-]{1,40}$/, message: t('users.pattern') }]}
        >
          <Input autoComplete="off" maxLength={40} />
        </Form.Item>
        <Form.Item name="name" label={t('users.name')} rules={[needed]}>
          <Input autoComplete="off" maxLength={80} />
        </Form.Item>
        <Form.Item name="role" label={t('users.role')} rules={[needed]}>
          <Select options={ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))} />
        </Form.Item>
        <Form.Item name="team" label={t('users.team')}>
          <Input autoComplete="off" maxLength={80} />
        </Form.Item>
        <Form.Item
          name="agent_id"
          label={t('users.agentId')}
          rules={[{ pattern: /^[A-Za-z0-9_-]{1,40}$/, message: t('users.pattern') }]}
        >
          <Input autoComplete="off" maxLength={40} />
        </Form.Item>
        <button type="submit" hidden />
      </Form>
      {problem !== undefined && <Alert type="error" showIcon title={wordsOf(problem, t)} />}
    </Modal>
  )
}
