/** What the service sends and takes of quality review. */

import type { Attempt } from '../api/payloads'

export const RISKS = [
  'SHORT',
  'DEAD_AIR',
  'OVERLAP',
  'ONE_SIDED',
  'REFUSED',
  'DO_NOT_CALL',
  'NOT_RECORDED',
  'NEW_AGENT',
  'ABANDONED',
] as const
export type Risk = (typeof RISKS)[number]

/** What one looks for, as the service takes it; times are ISO 8601, shares 0 to 1. */
export interface Sought {
  campaign?: string
  agent?: string
  outcome?: string
  disposition?: string
  since?: string
  until?: string
  longer_than_s?: number
  shorter_than_s?: number
  dead_air_over_s?: number
  overlap_over?: number
  agent_share_over?: number
  agent_share_under?: number
  softer_than_dbfs?: number
  clipped_over?: number
  has_recording?: boolean
  reviewed?: boolean
}

/** Left is the customer, right the agent; shares are of the whole recording. */
export interface Measures {
  talk_left: number
  talk_right: number
  overlap: number
  dead_air_s: number
  longest_silence_s: number
  clipped_left: number
  clipped_right: number
}

export interface Talk extends Attempt {
  measures: Measures | null
  reviewed: boolean
}

/** A talk in a list, with what speaks for a look at it. */
export interface Listed {
  attempt: Talk
  risks: readonly Risk[]
}

export interface Sound {
  duration_s: number
  level_left_dbfs: number | null
  level_right_dbfs: number | null
  measures: Measures
  silences: [number, number][]
  left: number[]
  right: number[]
}

export interface Note {
  note_id: number
  at_s: number
  text: string
  written_by: string
}

export type Word = 'YES' | 'NO' | 'NA'
export type Answer = Word | number
export type Answers = Readonly<Record<string, Answer>>

export interface Question {
  id: string
  text: string
  help: string
  weight: number
  points: number | null
  instant_fail: boolean
}

export interface Card {
  name: string
  groups: { name: string; questions: Question[] }[]
}

export interface Scorecard {
  scorecard_id: number
  version: number
  card: Card
  created_at: string
  created_by: string
  retired_at: string | null
}

export type Kind = 'REVIEW' | 'CALIBRATION'

export interface Review {
  review_id: number
  attempt_id: string
  agent_id: string | null
  kind: Kind
  reviewer: string
  scorecard_id: number
  answers: Answers
  comment: string
  score: number | null
  failed: boolean
  state: 'DRAFT' | 'GIVEN'
  given_at: string | null
  reply: string | null
}

export interface Calibration {
  scorecard_id: number
  blind: boolean
  reviewers: string[]
  scores: (number | null)[]
  apart: number | null
  questions: { question: string; shares: (number | null)[]; apart: number }[]
}

export interface Reviews {
  mine: Review[]
  others: Review[]
  hidden: number
  calibration: Calibration | null
  scorecards: Scorecard[]
}

export interface Sample {
  sample_id: number
  name: string
  drawn_by: 'RANDOM' | 'RISK'
  size: number
  done: number
}

export interface SavedFilter {
  filter_id: number
  name: string
  filters: Sought
}

export interface Result {
  agent_id: string
  week: string
  reviews: number
  mean: number | null
  lowest: number | null
  failed: number
}

export interface MyReview extends Review {
  called_at: string
  campaign: string
  name: string
  number: string
  scorecard: Scorecard
  notes: Note[]
}
