/** A text with its lines numbered; the lines where something is wrong are marked. */

import { memo, useRef } from 'react'

const ID = 'script-text'
const LINE_PX = 20

interface CodeProps {
  label: string
  text: string
  /** Lines from 1. */
  wrong: readonly number[]
  onText: (text: string) => void
}

export function Code({ label, text, wrong, onText }: CodeProps) {
  const numbers = useRef<HTMLDivElement>(null)
  return (
    <div className="rp-code">
      <div ref={numbers} className="rp-code-lines" aria-hidden="true">
        <Numbers count={text.split('\n').length} wrong={wrong.join(' ')} />
      </div>
      <textarea
        id={ID}
        aria-label={label}
        value={text}
        spellCheck={false}
        autoCapitalize="off"
        onChange={(event) => onText(event.target.value)}
        onScroll={(event) => {
          if (numbers.current) numbers.current.scrollTop = event.currentTarget.scrollTop
        }}
      />
    </div>
  )
}

const Numbers = memo(function Numbers({ count, wrong }: { count: number; wrong: string }) {
  const marked = new Set(wrong.split(' ').map(Number))
  return Array.from({ length: count }, (_, index) => index + 1).map((line) => (
    <div key={line} data-wrong={marked.has(line) || undefined}>
      {line}
    </div>
  ))
})

/** Puts the cursor at the beginning of a line, and shows it. */
export function goToLine(line: number): void {
  const area = document.getElementById(ID)
  if (!(area instanceof HTMLTextAreaElement)) return
  const before = area.value.split('\n').slice(0, line - 1)
  const at = before.reduce((length, one) => length + one.length + 1, 0)
  area.focus()
  area.setSelectionRange(at, at + (area.value.split('\n')[line - 1]?.length ?? 0))
  area.scrollTop = Math.max(0, (line - 6) * LINE_PX)
}
