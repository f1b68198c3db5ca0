/** The abandonment of one legal window as a small bar: the rate, where it surely lies, and the limit. */

import type { LegalWindow } from '../api/payloads'
import { useText } from '../look/look'
import { percent } from '../text/format'

/** Where things stand on the bar, in per cent of its width: it reaches to twice the limit, and what is more is cut. */
export function placesOf(window: LegalWindow): { rate: number; lower: number; upper: number } {
  const place = (share: number) => Math.min(100, Math.max(0, (share / (2 * window.limit)) * 100))
  return { rate: place(window.rate), lower: place(window.lower_bound), upper: place(window.upper_bound) }
}

export function AbandonmentBar({ window }: { window: LegalWindow }) {
  const { t } = useText()
  const at = placesOf(window)
  const [rate, lower, upper, limit] = [window.rate, window.lower_bound, window.upper_bound, window.limit].map((share) =>
    percent(share),
  ) as [string, string, string, string]
  const says = t('window.says', {
    name: window.name,
    live: window.live_answers,
    abandoned: window.abandoned,
    rate,
    lower,
    upper,
    limit,
    slack: Math.max(0, Math.floor(window.slack)),
  })
  return (
    <div className="rp-window" title={says}>
      <span className="rp-window-name">{window.name}</span>
      <span className="rp-track" role="img" aria-label={says}>
        <span
          className="rp-interval"
          style={{ left: `${at.lower}%`, width: `${Math.max(0.5, at.upper - at.lower)}%` }}
        />
        <span className="rp-limit" />
        <span
          className={window.rate > window.limit ? 'rp-rate rp-rate-over' : 'rp-rate'}
          style={{ left: `${at.rate}%` }}
        />
      </span>
      <span className="rp-window-rate">{t('window.of', { rate, limit })}</span>
      <span className="rp-quiet">
        {t('window.short', { abandoned: window.abandoned, live: window.live_answers, lower, upper })}
      </span>
    </div>
  )
}
