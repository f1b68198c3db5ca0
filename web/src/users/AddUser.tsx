/** Adds a user; the service makes the password. */

import { Form, Input, Select } from 'antd'
import { api } from '../api/client'
import { type NewUser, ROLES, type Role } from '../api/people'
import { useText } from '../look/look'
import { AddDialog, useRules } from './AddDialog'
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
  const { needed, named } = useRules()
  const add = async ({ username, name, role, team, agent_id }: Filled) => {
    const user: NewUser = { username, name, role, ...(team && { team }), ...(agent_id && { agent_id }) }
    const { password } = await api.addUser(user)
    onAdded({ name, password })
  }
  return (
    <AddDialog<Filled> title={t('users.add')} initial={{ role: 'AGENT' }} add={add} onClose={onClose}>
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
      <Form.Item name="agent_id" label={t('users.agentId')} rules={[named]}>
        <Input autoComplete="off" maxLength={40} />
      </Form.Item>
    </AddDialog>
  )
}
