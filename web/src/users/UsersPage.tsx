/** For admins: who has a user, who is logged in, and who did what. */

import { Tabs } from 'antd'
import type { User } from '../api/people'
import { may } from '../api/session'
import { useText } from '../look/look'
import { Audit } from './Audit'
import { Sessions } from './Sessions'
import { Tokens } from './Tokens'
import { Users } from './Users'
import { Webhooks } from './Webhooks'

export default function UsersPage({ user }: { user: User }) {
  const { t } = useText()
  return (
    <div className="rp-stack">
      <h1>{t('users.title')}</h1>
      <Tabs
        destroyOnHidden
        items={[
          { key: 'users', label: t('users.users'), children: <Users self={user.username} /> },
          { key: 'sessions', label: t('users.sessions'), children: <Sessions /> },
          { key: 'tokens', label: t('tokens.title'), children: <Tokens /> },
          { key: 'webhooks', label: t('hooks.title'), children: <Webhooks seesNumbers={may(user, 'SEE_NUMBERS')} /> },
          ...(may(user, 'SEE_AUDIT') ? [{ key: 'audit', label: t('users.audit'), children: <Audit /> }] : []),
        ]}
      />
    </div>
  )
}
