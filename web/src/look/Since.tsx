/** How long something has lasted: the only thing on a page that is drawn anew each second. */

import { useNow } from '../api/clock'
import { duration } from '../text/format'

/** `at`: since when, in seconds since 1970. */
export function Since({ at }: { at: number }) {
  return <span className="rp-time">{duration(useNow() - at)}</span>
}

/** What is left until `at`; marked once it is little. */
export function Left({ at }: { at: number }) {
  const left_s = at - useNow()
  return <span className={left_s <= 5 ? 'rp-time rp-urgent' : 'rp-time'}>{duration(left_s)}</span>
}
