import { describe, expect, it } from 'vitest'
import type { Right, Role, User } from '../api/people'
import { pageAt, pagesOf } from './route'

const user = (role: Role, rights: Right[], agent_id: string | null = null): User => ({
  username: 'u',
  name: 'U',
  role,
  rights,
  team: null,
  agent_id,
  password_is_new: false,
})
const AGENT = user('AGENT', ['TAKE_CALLS'], '101')
const REVIEWER = user('REVIEWER', ['SEE_ATTEMPTS', 'HEAR_RECORDINGS'])
const ADMIN = user('ADMIN', ['TAKE_CALLS', 'SEE_FLOOR', 'SEE_ATTEMPTS', 'MANAGE_USERS'])

describe('the way', () => {
  it('leads each role to its own console', () => {
    expect([AGENT, REVIEWER, ADMIN].map((one) => pageAt('/', one))).toEqual(['agent', 'calls', 'floor'])
  })

  it('leads nobody to a page that they may not see', () => {
    expect(pageAt('/users', AGENT)).toBe('agent')
    expect(pageAt('/floor', REVIEWER)).toBe('calls')
    expect(pagesOf(ADMIN)).toEqual(['floor', 'calls', 'reports', 'users'])
    expect(pageAt('/agent', user('AGENT', ['TAKE_CALLS']))).toBeUndefined()
  })

  it('leads whoever runs campaigns or loads lists to their page, and no others', () => {
    expect(pagesOf(user('OPERATOR', ['SEE_FLOOR', 'STEER_CAMPAIGNS']))).toEqual([
      'floor',
      'campaigns',
      'scripts',
      'quality',
    ])
    expect(pageAt('/campaigns', user('OPERATOR', ['SEE_FLOOR', 'LOAD_LEADS']))).toBe('campaigns')
    expect(pageAt('/campaigns', user('TEAM_LEADER', ['SEE_FLOOR']))).toBe('floor')
  })

  it('leads whoever judges calls to their page, and those who only find them to the calls', () => {
    expect(pageAt('/quality', REVIEWER)).toBe('calls')
    expect(pageAt('/quality', user('REVIEWER', ['SEE_ATTEMPTS', 'REVIEW']))).toBe('quality')
    expect(pageAt('/', user('REVIEWER', ['SEE_ATTEMPTS', 'REVIEW']))).toBe('calls')
    expect(pageAt('/my-reviews', AGENT)).toBe('my-reviews')
    expect(pageAt('/users', ADMIN)).toBe('users')
  })
})
