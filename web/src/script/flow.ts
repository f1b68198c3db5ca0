/** A script as the service sends it, and one talk's way through it. Pure; what a step says is text, whatever it holds. */

import type { Disposition } from '../api/payloads'
import type { Language } from '../text/language'

/** A text, or its pieces where answers belong into it. */
export type Words = string | (string | { answer: string; otherwise: string })[]
export type ByLanguage<T> = Readonly<Record<string, T>>

export type FieldKind = 'TEXT' | 'DATE' | 'TIME' | 'DATETIME' | 'NUMBER' | 'CHOICE' | 'PHONE'

export interface Field {
  name: string
  kind: FieldKind
  label: ByLanguage<string>
  required: boolean
  options: { value: string; label: ByLanguage<string> }[]
}

export interface Objection {
  question: ByLanguage<Words>
  answer: ByLanguage<Words>
}

export interface Step {
  title: ByLanguage<string>
  say: ByLanguage<Words>
  features: ByLanguage<Words>[]
  objections: Objection[]
  choices: { key: string; label: ByLanguage<string>; next: string }[]
  fields: Field[]
  next: string | null
  end: { disposition: Disposition; reason: string | null } | null
}

export interface Reason {
  code: string
  text: ByLanguage<string>
  asks: ByLanguage<string> | null
}

/** A script worded for one customer. */
export interface Flow {
  name: string
  version: number
  title: ByLanguage<string>
  languages: string[]
  /** The one to be spoken. */
  language: string
  start: string
  reasons: Reason[]
  features: ByLanguage<Words>[]
  objections: Objection[]
  steps: Readonly<Record<string, Step>>
}

export interface Move {
  step: string
  key: string | null
}

/** How far a talk has come. Moments are as an input of type datetime-local holds them. */
export interface Walk {
  path: readonly Move[]
  answers: Readonly<Record<string, string>>
  reason: string | null
  reasonText: string
}

/** As the service keeps it; moments have their time zone. */
export interface KeptWalk {
  attempt_id: string
  script: string
  version: number
  path: Move[]
  answers: Record<string, string>
  reason: string | null
  reason_text: string | null
}

export function begin(flow: Flow): Walk {
  return { path: [{ step: flow.start, key: null }], answers: {}, reason: null, reasonText: '' }
}

/** The step where the talk stands. */
export function stepOf(flow: Flow, walk: Walk): Step | undefined {
  return flow.steps[walk.path.at(-1)?.step ?? '']
}

/** On by the choice with this key, or by the only way there is; the same walk where there is no such way. */
export function take(flow: Flow, walk: Walk, key: string | null): Walk {
  const [step, here] = [stepOf(flow, walk), walk.path.at(-1)]
  const next = key === null ? step?.next : step?.choices.find((choice) => choice.key === key)?.next
  if (here === undefined || !next || flow.steps[next] === undefined) return walk
  return { ...walk, path: [...walk.path.slice(0, -1), { ...here, key }, { step: next, key: null }] }
}

/** Back to a step that was passed; what was answered stays. */
export function backTo(walk: Walk, index: number): Walk {
  const there = walk.path[index]
  if (there === undefined || index >= walk.path.length - 1) return walk
  return { ...walk, path: [...walk.path.slice(0, index), { ...there, key: null }] }
}

/** What is wrong with an answer: the key of the text that says so. */
export type AnswerFault =
  | 'script.fault.needed'
  | 'script.fault.date'
  | 'script.fault.time'
  | 'script.fault.number'
  | 'script.fault.phone'
  | 'script.fault.choice'

const SHAPES = {
  DATE: [/^\d{4}-\d{2}-\d{2}$/, 'script.fault.date'],
  TIME: [/^\d{2}:\d{2}$/, 'script.fault.time'],
  NUMBER: [/^-?\d{1,15}(\.\d{1,6})?$/, 'script.fault.number'],
  PHONE: [/^\+?\d[\d ().-]{5,20}$/, 'script.fault.phone'],
} as const

/** What keeps a step with this answer from being passed; the service looks closer at telephone numbers. */
export function faultOf(field: Field, given: string | undefined): AnswerFault | undefined {
  const value = (given ?? '').trim()
  if (value === '') return field.required ? 'script.fault.needed' : undefined
  if (field.kind === 'TEXT') return undefined
  if (field.kind === 'CHOICE') {
    return field.options.some((one) => one.value === value) ? undefined : 'script.fault.choice'
  }
  if (field.kind === 'DATETIME') return Number.isNaN(new Date(value).getTime()) ? 'script.fault.date' : undefined
  const [shape, fault] = SHAPES[field.kind]
  return shape.test(value) ? undefined : fault
}

/** What came of the talk by the script: `ready` once its reason, and the words that go with it, are there. */
export interface Ending {
  disposition: Disposition
  reason: string | null
  asks: boolean
  ready: boolean
}

export function endingOf(flow: Flow, walk: Walk): Ending | undefined {
  const end = stepOf(flow, walk)?.end
  if (!end) return undefined
  const asks = end.reason === 'ask'
  const reason = asks ? walk.reason : end.reason
  const code = flow.reasons.find((one) => one.code === reason)
  const wordy = code?.asks !== null && code !== undefined
  const ready = (!asks || code !== undefined) && (!wordy || walk.reasonText.trim() !== '')
  return { disposition: end.disposition, reason, asks, ready }
}

/** One language of a text: the one that is wished, else the script's own. */
export function inLanguage<T>(text: ByLanguage<T>, wish: Language | string, flow: Flow): T | undefined {
  return text[wish] ?? text[flow.language] ?? Object.values(text)[0]
}

/** A text as it is read out, with what was answered so far. */
export function spoken(words: Words | undefined, flow: Flow, walk: Walk, language: string): string {
  if (words === undefined || typeof words === 'string') return words ?? ''
  return words.map((one) => (typeof one === 'string' ? one : answered(one, flow, walk, language))).join('')
}

function answered(gap: { answer: string; otherwise: string }, flow: Flow, walk: Walk, language: string): string {
  const answer = walk.answers[gap.answer]
  if (!answer) return gap.otherwise
  const field = fieldOf(flow, gap.answer)
  if (field?.kind === 'DATETIME') return answer.replace('T', ' ')
  const option = field?.options.find((one) => one.value === answer)
  return option ? (inLanguage(option.label, language, flow) ?? answer) : answer
}

function fieldOf(flow: Flow, name: string): Field | undefined {
  return Object.values(flow.steps)
    .flatMap((step) => step.fields)
    .find((field) => field.name === name)
}

/** What an input of type datetime-local holds, with the time zone of whoever typed it. */
export function withZone(local: string): string {
  const at = new Date(local)
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(local) || Number.isNaN(at.getTime())) return local
  const minutes = -at.getTimezoneOffset()
  const two = (part: number) => String(Math.floor(Math.abs(part))).padStart(2, '0')
  const [sign, whole] = [minutes < 0 ? '-' : '+', local.length === 16 ? `${local}:00` : local]
  return `${whole}${sign}${two(minutes / 60)}:${two(Math.abs(minutes) % 60)}`
}

/** A moment with its time zone, as an input of type datetime-local shows it. */
export function withoutZone(iso: string): string {
  const at = new Date(iso)
  if (!/(Z|[+-]\d{2}:\d{2})$/.test(iso) || Number.isNaN(at.getTime())) return iso
  const two = (part: number) => String(part).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`
}

function eachAnswer(flow: Flow, answers: Readonly<Record<string, string>>, turn: (moment: string) => string) {
  return Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      fieldOf(flow, name)?.kind === 'DATETIME' ? turn(answer) : answer,
    ]),
  )
}

/** The walk as it is sent to be kept. */
export function sentOf(flow: Flow, attemptId: string, walk: Walk): KeptWalk {
  return {
    attempt_id: attemptId,
    script: flow.name,
    version: flow.version,
    path: [...walk.path],
    answers: eachAnswer(flow, walk.answers, withZone),
    reason: walk.reason,
    reason_text: walk.reasonText || null,
  }
}

/** A walk that was kept, where it still fits the script; else undefined. */
export function walkFrom(flow: Flow, kept: KeptWalk): Walk | undefined {
  if (kept.script !== flow.name || kept.version !== flow.version) return undefined
  return {
    path: kept.path,
    answers: eachAnswer(flow, kept.answers, withoutZone),
    reason: kept.reason,
    reasonText: kept.reason_text ?? '',
  }
}
