/** The score of what is answered so far, as the service will reckon it. */

import type { Answer, Answers, Card, Question } from './types'

export interface Score {
  /** 0 to 100; null where nothing that was answered applied. */
  total: number | null
  failed: boolean
  open: number
}

/** How much (0 to 1) of a question was reached; null where it did not apply or is not answered. */
function share(question: Question, answer: Answer | undefined): number | null {
  if (answer === undefined || answer === 'NA') return null
  if (typeof answer === 'number') return answer / (question.points ?? 1)
  return answer === 'YES' ? 1 : 0
}

export function questionsOf(card: Card): Question[] {
  return card.groups.flatMap((group) => group.questions)
}

export function scoreOf(card: Card, answers: Answers): Score {
  let [weight, reached, failed, open] = [0, 0, false, 0]
  for (const question of questionsOf(card)) {
    const answer = answers[question.id]
    const got = share(question, answer)
    if (answer === undefined) open += 1
    if (got === null) continue
    weight += question.weight
    reached += question.weight * got
    if (question.instant_fail && got === 0) failed = true
  }
  const total = weight === 0 ? null : Math.min(100, (100 * reached) / weight)
  return { total: failed ? 0 : total, failed, open }
}

/** What a key answers on a question; undefined where it answers nothing. */
export function answerOf(question: Question, key: string): Answer | undefined {
  const low = key.toLowerCase()
  if (low === 'x') return 'NA'
  if (question.points === null) return low === 'y' ? 'YES' : low === 'n' ? 'NO' : undefined
  const points = /^[0-9]$/.test(key) ? Number(key) : undefined
  return points !== undefined && points <= question.points ? points : undefined
}
