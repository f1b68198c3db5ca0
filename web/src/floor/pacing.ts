/** What is to change of a campaign's pacing: only what was filled in, for what is left out stays as it is. */

import type { Campaign, Pacing, PacingMode } from '../api/payloads'

/** The form as it is filled in; null and undefined mean "as it is". Abandonment is in per cent, as people say it. */
export interface PacingForm {
  mode?: PacingMode
  ratio?: number | null
  max_in_flight?: number | null
  max_abandonment_percent?: number | null
  late_cancel?: 'as_it_is' | 'on' | 'off'
}

/** The form as it begins: what is known of the campaign is filled in. */
export function formOf(campaign: Campaign, known: Pacing | undefined): PacingForm {
  const pacing = campaign.pacing ?? known
  return {
    mode: campaign.mode,
    ratio: campaign.ratio,
    max_in_flight: pacing?.max_in_flight ?? null,
    max_abandonment_percent: pacing ? rounded(pacing.max_abandonment * 100) : null,
    late_cancel: pacing ? (pacing.late_cancel ? 'on' : 'off') : 'as_it_is',
  }
}

/** What differs from what the form began with; empty where nothing does. */
export function changesIn(form: PacingForm, before: PacingForm): Partial<Pacing> {
  const changes: Partial<Pacing> = {}
  if (form.mode !== undefined && form.mode !== before.mode) changes.mode = form.mode
  if (isNumber(form.ratio) && form.ratio !== before.ratio) changes.ratio = form.ratio
  if (isNumber(form.max_in_flight) && form.max_in_flight !== before.max_in_flight) {
    changes.max_in_flight = form.max_in_flight
  }
  if (isNumber(form.max_abandonment_percent) && form.max_abandonment_percent !== before.max_abandonment_percent) {
    changes.max_abandonment = rounded(form.max_abandonment_percent / 100)
  }
  if (form.late_cancel && form.late_cancel !== 'as_it_is' && form.late_cancel !== before.late_cancel) {
    changes.late_cancel = form.late_cancel === 'on'
  }
  return changes
}

function isNumber(value: number | null | undefined): value is number {
  return value !== null && value !== undefined && Number.isFinite(value)
}

/** 0.07 * 100 is 7.000000000000001. */
function rounded(value: number): number {
  return Number(value.toFixed(6))
}
