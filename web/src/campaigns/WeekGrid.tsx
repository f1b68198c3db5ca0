/** A plan's windows on a week of half hours: drag to paint, or move by the arrow keys and press space. */

import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { ask } from '../api/client'
import { useText } from '../look/look'
import { DAY_KINDS, type WindowForm } from './plan'
import { type Corner, clock, filled, minutes, painted, SLOT_MIN, SLOTS, weekOf, windowsOf } from './week'
import './week.css'

interface WeekGridProps {
  windows: readonly WindowForm[]
  onChange: (windows: WindowForm[]) => void
}

/** What is being painted: from where, as far as now, and whether it opens or closes. */
interface Stroke {
  from: Corner
  to: Corner
  open: boolean
}

interface LegalHours {
  opens: string
  closes: string
}

const KEYS: Readonly<Record<string, readonly [day: number, slot: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
}

export function WeekGrid({ windows, onChange }: WeekGridProps) {
  const { t } = useText()
  const [stroke, setStroke] = useState<Stroke>()
  const [at, setAt] = useState<Corner>({ day: 0, slot: 18 })
  const grid = useRef<HTMLTableElement>(null)
  const legal = useLegalHours()
  /** The button has moved because somebody moved it: the focus goes with it. */
  const wanted = useRef(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `at` says when the button has moved
  useEffect(() => {
    if (wanted.current) grid.current?.querySelector('button')?.focus()
    wanted.current = false
  }, [at])
  const given = weekOf(windows)
  const week = stroke ? painted(given, stroke.from, stroke.to, stroke.open) : given

  const finish = useRef<() => void>(() => undefined)
  finish.current = () => {
    if (stroke) onChange(windowsOf(week))
    setStroke(undefined)
  }
  useEffect(() => {
    const done = () => finish.current()
    window.addEventListener('pointerup', done)
    return () => window.removeEventListener('pointerup', done)
  }, [])

  const isOpen = (corner: Corner) => filled(given, DAY_KINDS[corner.day] ?? 'MON', corner.slot) === 'all'
  const cornerOf = (target: EventTarget): Corner | undefined => {
    const cell = target instanceof Element ? target.closest<HTMLElement>('[data-slot]') : null
    return cell ? { day: Number(cell.dataset.day), slot: Number(cell.dataset.slot) } : undefined
  }
  const press = (event: KeyboardEvent) => {
    const step = KEYS[event.key]
    if (step) {
      event.preventDefault()
      const day = Math.min(DAY_KINDS.length - 1, Math.max(0, at.day + step[0]))
      const slot = Math.min(SLOTS - 1, Math.max(0, at.slot + step[1]))
      setAt({ day, slot })
      wanted.current = true
      if (event.shiftKey) onChange(windowsOf(painted(painted(given, at, at, true), at, { day, slot }, true)))
    }
    if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault()
      onChange(windowsOf(painted(given, at, at, !isOpen(at))))
    }
  }
  return (
    <div className="rp-week-box">
      <table ref={grid} className="rp-week" aria-label={t('week.title')} onKeyDown={press}>
        <thead>
          <tr>
            <td />
            {Array.from({ length: SLOTS / 2 }, (_, hour) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the hours of a day never change
              <th key={hour} colSpan={2} scope="col">
                {hour}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {DAY_KINDS.map((kind, day) => (
            <tr key={kind}>
              <th scope="row">{t(`day.${kind}`)}</th>
              {Array.from({ length: SLOTS }, (_, slot) => {
                const state = filled(week, kind, slot)
                const from = slot * SLOT_MIN
                const label = `${t(`day.${kind}`)} ${clock(from)}–${clock(from + SLOT_MIN)}: ${t(`week.${state}`)}`
                const outside = legal && (from < legal.opens || from + SLOT_MIN > legal.closes)
                return (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: the half hours of a day never change
                    key={slot}
                    data-day={day}
                    data-slot={slot}
                    className={`rp-week-${state}${outside ? ' rp-week-outside' : ''}`}
                    onPointerDown={(event) => {
                      event.preventDefault()
                      setAt({ day, slot })
                      wanted.current = true
                      setStroke({ from: { day, slot }, to: { day, slot }, open: !isOpen({ day, slot }) })
                    }}
                    onPointerEnter={(event) => {
                      const to = cornerOf(event.target)
                      if (stroke && to) setStroke({ ...stroke, to })
                    }}
                  >
                    {/* One button that moves: hundreds would cost whoever reads the page aloud, and the page itself. */}
                    {at.day === day && at.slot === slot && (
                      <button type="button" aria-label={label} aria-pressed={state === 'all'} />
                    )}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="rp-quiet">{t('week.says')}</p>
    </div>
  )
}

/** When the law lets anybody be called here, in minutes; unknown until the service has told it. */
function useLegalHours(): { opens: number; closes: number } | undefined {
  const [hours, setHours] = useState<LegalHours>()
  useEffect(() => {
    let here = true
    // Unknown they are not shaded; the service keeps to them in any case.
    ask<LegalHours>('GET', '/legal-hours')
      .then((found) => here && setHours(found))
      .catch(() => undefined)
    return () => {
      here = false
    }
  }, [])
  const opens = minutes(hours?.opens)
  const closes = minutes(hours?.closes)
  return opens === undefined || closes === undefined ? undefined : { opens, closes: closes || SLOTS * SLOT_MIN }
}
