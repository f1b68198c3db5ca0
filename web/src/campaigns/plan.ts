/** A new campaign: from what was filled in to the plan that is sent, and from the service's words to the fields. */

import type { PacingMode, Plan } from '../api/payloads'

export const DAY_KINDS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN', 'HOLIDAY', 'MAKEUP'] as const
export type DayKind = (typeof DAY_KINDS)[number]

export interface WindowForm {
  days: DayKind[]
  /** As an input of type time has it, 09:00. */
  opens: string
  closes: string
}

/** The form as it is filled in. */
export interface PlanForm {
  name: string
  trunk: string
  caller_id: string
  script?: string
  windows: WindowForm[]
  ring_timeout_s: number
  wrap_up_s: number
  mode: PacingMode
  /** Whatever else the plan is to have, as JSON. */
  more?: string
}

export const NEW_WINDOW: WindowForm = {
  days: ['MON', 'TUE', 'WED', 'THU', 'FRI', 'MAKEUP'],
  opens: '09:00',
  closes: '20:00',
}
/** The service's own defaults, so that they are seen before they hold. */
export const NEW_PLAN: PlanForm = {
  name: '',
  trunk: '',
  caller_id: '',
  script: '',
  windows: [NEW_WINDOW],
  ring_timeout_s: 25,
  wrap_up_s: 30,
  mode: 'PROGRESSIVE',
  more: '',
}

/** Why the further keys cannot be used. */
export type MoreFault = { kind: 'notJson'; why: string } | { kind: 'notObject' } | { kind: 'twice'; key: string }

/** The plan to send, or what is wrong with the further keys; all else is the service's to judge. */
export function planOf(form: PlanForm): { plan: Plan } | { fault: MoreFault } {
  const read = moreOf(form.more ?? '')
  if ('fault' in read) return read
  const { pacing, ...others } = read.more
  const own = {
    name: form.name.trim(),
    trunk: form.trunk.trim(),
    caller_id: form.caller_id.trim(),
    script: form.script ?? '',
    windows: form.windows,
    ring_timeout_s: form.ring_timeout_s,
    wrap_up_s: form.wrap_up_s,
  }
  const twice = Object.keys(others).find((key) => Object.hasOwn(own, key))
  if (twice !== undefined) return { fault: { kind: 'twice', key: twice } }
  if (pacing !== undefined && !isObject(pacing)) return { plan: { ...own, ...others, pacing } }
  if (pacing !== undefined && Object.hasOwn(pacing, 'mode')) return { fault: { kind: 'twice', key: 'pacing.mode' } }
  return { plan: { ...own, ...others, pacing: { ...pacing, mode: form.mode } } }
}

function moreOf(text: string): { more: Record<string, unknown> } | { fault: MoreFault } {
  if (text.trim() === '') return { more: {} }
  let more: unknown
  try {
    more = JSON.parse(text)
  } catch (error) {
    return { fault: { kind: 'notJson', why: error instanceof Error ? error.message : String(error) } }
  }
  return isObject(more) ? { more } : { fault: { kind: 'notObject' } }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Where a field is in the form. */
export type FieldPath = (string | number)[]

/** One thing that is wrong, with the field that it is about; none where it is about no field alone. */
export interface Problem {
  field: FieldPath | undefined
  words: string
}

/** A field with what is wrong with it, as the form takes it. */
export interface Mark {
  name: FieldPath
  errors: string[]
}

const KEY_AND_WORDS = /^([\w.-]*): (.*)$/s
const OWN_FIELDS: ReadonlySet<string> = new Set(['name', 'trunk', 'caller_id', 'script', 'ring_timeout_s', 'wrap_up_s'])

/** The service's words, as in `trunk: …; windows.0.opens: …`, taken apart by the keys that they name. */
export function problemsIn(detail: string): Problem[] {
  return detail.split(/; (?=[\w.-]*: )/).map((told) => {
    const [, key, rest] = KEY_AND_WORDS.exec(told) ?? []
    if (key === undefined || rest === undefined) return { field: undefined, words: told }
    const words = rest.replace(/^Value error, /, '')
    // What is wrong with the plan as a whole names its key in the words themselves.
    if (key === '' && words !== told && KEY_AND_WORDS.test(words)) return problemsIn(words)[0] as Problem
    const field = fieldOf(key)
    // A key that stands in the field of further keys must be told which one it is.
    return { field, words: field?.[0] === 'more' ? `${key}: ${words}` : words }
  })
}

/** Each field once, with all that is wrong with it; and what is about no field. */
export function marksOf(problems: readonly Problem[]): { marks: Mark[]; others: string[] } {
  const marks = new Map<string, Mark>()
  const others: string[] = []
  for (const { field, words } of problems) {
    if (field === undefined) {
      others.push(words)
      continue
    }
    const mark = marks.get(field.join('.')) ?? { name: field, errors: [] }
    mark.errors.push(words)
    marks.set(field.join('.'), mark)
  }
  return { marks: [...marks.values()], others }
}

function fieldOf(key: string): FieldPath | undefined {
  if (key === '') return undefined
  if (OWN_FIELDS.has(key)) return [key]
  if (key === 'pacing.mode') return ['mode']
  const [first, place, part] = key.split('.')
  if (first !== 'windows') return ['more']
  if (place === undefined || !/^\d+$/.test(place)) return undefined
  return part === undefined ? ['windows', Number(place), 'opens'] : ['windows', Number(place), part]
}
