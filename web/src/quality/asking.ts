/** What the quality console asks the service. */

import { ask, query } from '../api/client'
import type {
  Answers,
  Kind,
  Listed,
  MyReview,
  Note,
  Result,
  Review,
  Reviews,
  Sample,
  SavedFilter,
  Scorecard,
  Sought,
  Sound,
  Talk,
} from './types'

const part = encodeURIComponent
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone

export const asking = {
  talks: (sought: Sought, cursor?: string) =>
    ask<{ attempts: Talk[]; next: string | null }>(
      'GET',
      `/attempts?${query({ ...inWords(sought), cursor, limit: 50 })}`,
    ),
  sound: (attemptId: string) => ask<Sound>('GET', `/attempts/${part(attemptId)}/sound`),
  notes: (attemptId: string) => ask<Note[]>('GET', `/attempts/${part(attemptId)}/notes`),
  addNote: (attemptId: string, at_s: number, text: string) =>
    ask<Note>('POST', `/attempts/${part(attemptId)}/notes`, { at_s, text }),
  removeNote: (attemptId: string, noteId: number) =>
    ask<void>('DELETE', `/attempts/${part(attemptId)}/notes/${noteId}`),

  reviews: (attemptId: string) => ask<Reviews>('GET', `/attempts/${part(attemptId)}/reviews`),
  judge: (
    attemptId: string,
    body: { scorecard_id: number; kind: Kind; answers: Answers; comment: string; give: boolean },
  ) => ask<Review>('PUT', `/attempts/${part(attemptId)}/review`, body),
  calibrate: (attemptId: string, scorecard_id: number) =>
    ask<void>('PUT', `/attempts/${part(attemptId)}/calibration`, { scorecard_id }),
  calibrations: () => ask<{ attempt: Talk; wanted: boolean }[]>('GET', '/calibrations'),

  scorecards: () => ask<Scorecard[]>('GET', '/scorecards'),
  addScorecard: (content: string) => ask<Scorecard>('POST', '/scorecards', { content }),
  retireScorecard: (id: number) => ask<void>('DELETE', `/scorecards/${id}`),

  saved: () => ask<SavedFilter[]>('GET', '/saved-filters'),
  save: (name: string, filters: Sought) => ask<void>('POST', '/saved-filters', { name, filters }),
  removeSaved: (id: number) => ask<void>('DELETE', `/saved-filters/${id}`),

  samples: () => ask<Sample[]>('GET', '/samples'),
  sample: (id: number) => ask<Sample & { items: Listed[] }>('GET', `/samples/${id}`),
  draw: (body: { name: string; filters: Sought; size: number; drawn_by: string; seed: number }) =>
    ask<Sample & { items: Listed[] }>('POST', '/samples', body),
  removeSample: (id: number) => ask<void>('DELETE', `/samples/${id}`),

  results: () => ask<Result[]>('GET', `/review-results?${query({ zone: ZONE })}`),

  mine: () => ask<MyReview[]>('GET', '/my-reviews'),
  reply: (reviewId: number, text: string) => ask<void>('POST', `/my-reviews/${reviewId}/reply`, { text }),
}

/** Where the results are as a file. */
export const resultsFile = `/api/review-results/csv?${query({ zone: ZONE })}`

function inWords(sought: Sought): Record<string, string | number | undefined> {
  return Object.fromEntries(
    Object.entries(sought).map(([key, value]) => [key, typeof value === 'boolean' ? String(value) : value]),
  )
}
