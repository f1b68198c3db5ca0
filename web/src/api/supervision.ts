/** What the service sends of supervisors and their messages. */

export type SupervisionMode = 'LISTEN' | 'WHISPER' | 'BARGE'
export const SUPERVISION_MODES: readonly SupervisionMode[] = ['LISTEN', 'WHISPER', 'BARGE']

/** Topic `supervision/ID`: who is on this agent's line; `since` is in seconds since 1970. */
export interface Supervisor {
  agent_id: string
  /** The agent that the supervisor works as: whose telephone it is. */
  supervisor_id: string
  who: string
  mode: SupervisionMode
  since: number
  /** Their telephone has been answered. */
  up: boolean
}

/** Topic `agents/ID/supervised`: what the agent is told of it. */
export interface Supervised {
  mode: SupervisionMode
  since: number
}

/** One of topic `agents/ID/message`. */
export interface Message {
  message_id: string
  text: string
  who: string
  at: number
  read_at: number | null
}

export interface Messages {
  messages: readonly Message[]
}

/** `user:ada` as people say it. */
export function nameOf(who: string): string {
  return who.replace(/^\w+:/, '')
}
