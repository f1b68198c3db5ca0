/** A bar that moves with a sound. */

import { useEffect, useRef } from 'react'

/** `read` tells how loud it is now, 0 to 1. */
export function Meter({ label, read }: { label: string; read: () => number }) {
  const bar = useRef<HTMLMeterElement>(null)
  const latest = useRef(read)
  latest.current = read
  useEffect(() => {
    let next = 0
    const draw = () => {
      // Falls slowly, as the eye can follow; past React, which has better to do sixty times a second.
      if (bar.current) bar.current.value = Math.max(latest.current(), bar.current.value - 0.02)
      next = requestAnimationFrame(draw)
    }
    draw()
    return () => cancelAnimationFrame(next)
  }, [])
  return (
    <div className="rp-phone-meter">
      <span aria-hidden>{label}</span>
      <meter ref={bar} min={0} max={1} value={0} aria-label={label} />
    </div>
  )
}
