/** The log-in page, and the one where a password that others know must be changed. */

import { Alert, Button, Form, Input } from 'antd'
import { type ReactNode, useState } from 'react'
import { ApiError } from '../api/client'
import { type Session, session } from '../api/session'
import type { Translate } from '../text/dictionary'
import { Preferences } from './Frame'
import { useText, wordsOf } from './look'

const LEAST_PASSWORD = 10

export function LogIn({ because }: { because: Extract<Session, { kind: 'nobody' }> }) {
  const { t } = useText()
  const [problem, setProblem] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const logIn = async ({ username, password }: { username: string; password: string }) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await session.logIn(username.trim(), password)
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }
  return (
    <Doorstep title={t('login.title')}>
      {problem !== undefined && <Alert type="error" showIcon title={refusalOf(problem, t)} />}
      {problem === undefined && because.ended && <Alert type="info" showIcon title={t('login.ended')} />}
      {problem === undefined && because.changed && <Alert type="success" showIcon title={t('login.changed')} />}
      <Form layout="vertical" onFinish={logIn} requiredMark={false}>
        <Form.Item
          name="username"
          label={t('login.username')}
          rules={[{ required: true, message: t('users.required') }]}
        >
          <Input autoFocus autoComplete="username" autoCapitalize="none" spellCheck={false} maxLength={40} />
        </Form.Item>
        <Form.Item
          name="password"
          label={t('login.password')}
          rules={[{ required: true, message: t('users.required') }]}
        >
          <Input.Password autoComplete="current-password" maxLength={1024} />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={busy}>
          {t('login.do')}
        </Button>
      </Form>
    </Doorstep>
  )
}

/** Why nobody was let in. */
function refusalOf(problem: unknown, t: Translate): string {
  if (!(problem instanceof ApiError)) return wordsOf(problem, t)
  if (problem.status === 401 || problem.status === 422) return t('login.wrong')
  return problem.status === 429 && problem.retryAfter_s !== undefined
    ? t('login.tooMany', { seconds: Math.ceil(problem.retryAfter_s) })
    : wordsOf(problem, t)
}

export function NewPassword() {
  const { t } = useText()
  const [problem, setProblem] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const change = async ({ old, fresh }: { old: string; fresh: string }) => {
    setBusy(true)
    setProblem(undefined)
    try {
      await session.changePassword(old, fresh)
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }
  const short = { min: LEAST_PASSWORD, message: t('password.short') }
  return (
    <Doorstep title={t('password.title')}>
      <p className="rp-quiet">{t('password.why')}</p>
      {problem !== undefined && <Alert type="error" showIcon title={wordsOf(problem, t)} />}
      <Form layout="vertical" onFinish={change} requiredMark={false}>
        <Form.Item name="old" label={t('password.old')} rules={[{ required: true, message: t('users.required') }]}>
          <Input.Password autoFocus autoComplete="current-password" maxLength={1024} />
        </Form.Item>
        <Form.Item
          name="fresh"
          label={t('password.new')}
          rules={[{ required: true, message: t('users.required') }, short]}
        >
          <Input.Password autoComplete="new-password" maxLength={1024} />
        </Form.Item>
        <Form.Item
          name="again"
          label={t('password.again')}
          dependencies={['fresh']}
          rules={[
            ({ getFieldValue }) => ({
              validator: async (_, value) => {
                if (value !== getFieldValue('fresh')) throw new Error(t('password.differ'))
              },
            }),
          ]}
        >
          <Input.Password autoComplete="new-password" maxLength={1024} />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={busy}>
          {t('password.do')}
        </Button>
      </Form>
    </Doorstep>
  )
}

/** The frame of whoever is not in yet. */
function Doorstep({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="rp-doorstep">
      <div className="rp-doorstep-look">
        <Preferences />
      </div>
      <h1>{title}</h1>
      {children}
    </main>
  )
}
