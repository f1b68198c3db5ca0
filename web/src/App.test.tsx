import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { App } from './App'
import type { User } from './api/people'
import { session } from './api/session'
import { Look, language } from './look/look'

const USER: User = {
  username: 'li',
  name: 'Li',
  role: 'REVIEWER',
  rights: [],
  team: null,
  agent_id: null,
  password_is_new: true,
}

/** The service: answers by method and path; what it does not know it refuses. */
function fakeService(answers: Record<string, [number, unknown]>): string[] {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (path: string, { method }: { method: string }) => {
    asked.push(`${method} ${path}`)
    const [status, body] = answers[`${method} ${path}`] ?? [404, { detail: 'not here' }]
    return new Response(status === 204 ? null : JSON.stringify(body), { status })
  })
  return asked
}

function show() {
  language.set('en')
  session.store.set({ kind: 'asking' })
  render(
    <Look>
      <App />
    </Look>,
  )
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('the door', () => {
  it('asks who is there, and says what is wrong in the chosen language', async () => {
    fakeService({
      'GET /api/session': [401, { detail: 'nobody is logged in here' }],
      'POST /api/session': [401, { detail: 'the name or the password is wrong' }],
    })
    show()
    fireEvent.change(await screen.findByLabelText('User name'), { target: { value: 'li' } })
    fireEvent.change(screen.getByLabelText('Password'), { target: { value: 'wrong' } })
    fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))
    expect((await screen.findByRole('alert')).textContent).toBe('The name or the password is wrong.')
  })

  it('lets nobody in before a password that others know is changed, then asks for the new one', async () => {
    const asked = fakeService({ 'GET /api/session': [200, USER], 'POST /api/session/password': [204, null] })
    show()
    const type = async (label: RegExp, value: string) =>
      fireEvent.change(await screen.findByLabelText(label), { target: { value } })
    await type(/Present password/, 'given-to-me')
    await type(/New password \(/, 'of-my-own-choice')
    await type(/once more/, 'of-my-own-chioce')
    fireEvent.click(screen.getByRole('button', { name: 'Set the password' }))
    expect(await screen.findByText('The two are not the same.')).toBeTruthy()
    await type(/once more/, 'of-my-own-choice')
    fireEvent.click(screen.getByRole('button', { name: 'Set the password' }))
    expect(await screen.findByText(/The password is changed/)).toBeTruthy()
    expect(asked).toEqual(['GET /api/session', 'POST /api/session/password'])
  })
})
