/** Why an agent is where they are: what is known is told in the reader's own language, the rest as it was written. */

import type { Translate } from './dictionary'

export const PAUSES = ['break', 'meal', 'meeting', 'training', 'desk'] as const
export type Pause = (typeof PAUSES)[number]

/** In the service's words. */
const SILENT = 'the telephone does not answer'
const VANISHED = 'the telephone vanished'

/** The reason on an agent's card, as it is shown. */
export function reasonOf(reason: string, t: Translate): string {
  if (reason === SILENT) return t('trouble.silent')
  if (reason === VANISHED) return t('trouble.vanished')
  const known = PAUSES.find((pause) => pause === reason)
  return known ? t(`pause.${known}`) : reason
}
