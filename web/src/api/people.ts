/** What the service sends and takes of users: who they are, what they may do, who is signed in, who did what. */

export type Role = 'AGENT' | 'TEAM_LEADER' | 'OPERATOR' | 'REVIEWER' | 'ADMIN'
export const ROLES: readonly Role[] = ['AGENT', 'TEAM_LEADER', 'OPERATOR', 'REVIEWER', 'ADMIN']

export type Right =
  | 'TAKE_CALLS'
  | 'SEE_FLOOR'
  | 'STEER_AGENTS'
  | 'LISTEN_IN'
  | 'STEER_CAMPAIGNS'
  | 'LOAD_LEADS'
  | 'SEE_ATTEMPTS'
  | 'SEE_NUMBERS'
  | 'HEAR_RECORDINGS'
  | 'HOLD_RECORDINGS'
  | 'REVIEW'
  | 'SEE_AUDIT'
  | 'MANAGE_USERS'

export interface User {
  username: string
  name: string
  role: Role
  rights: Right[]
  team: string | null
  agent_id: string | null
  password_is_new: boolean
}

export interface KnownUser {
  username: string
  name: string
  role: Role
  team: string | null
  agent_id: string | null
  created_at: string
  disabled_at: string | null
}

export interface NewUser {
  username: string
  name: string
  role: Role
  team?: string
  agent_id?: string
}

export interface UserChange {
  role?: Role
  disabled?: boolean
}

export interface LoggedIn {
  session_id: number
  username: string
  began_at: string
  seen_at: string
  address: string
  browser: string
}

export interface AuditLine {
  at: string
  who: string
  what: string
  subject: string
  detail: string
}
