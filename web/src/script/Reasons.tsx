/** The coded reasons where a script ends by one, and the words that go with some of them. */

import { useText } from '../look/look'
import { enter } from './Fields'
import type { Reason, Walk } from './flow'

interface ReasonsProps {
  reasons: readonly Reason[]
  walk: Walk
  label: (text: Readonly<Record<string, string>>) => string
  onReason: (code: string) => void
  onText: (text: string) => void
}

export function Reasons({ reasons, walk, label, onReason, onText }: ReasonsProps) {
  const { t } = useText()
  const asks = reasons.find((one) => one.code === walk.reason)?.asks
  return (
    <>
      <div role="radiogroup" aria-label={t('script.reasons')} className="rp-ways">
        {reasons.map((one, index) => (
          // biome-ignore lint/a11y/useSemanticElements: a button with its key on it, not a native radio
          <button
            key={one.code}
            type="button"
            role="radio"
            className="rp-choice"
            aria-checked={walk.reason === one.code}
            aria-keyshortcuts={`Alt+${index + 1}`}
            onClick={() => onReason(one.code)}
          >
            <kbd>Alt {index + 1}</kbd> {one.code} {label(one.text)}
          </button>
        ))}
      </div>
      {asks && (
        <div className="rp-field">
          <label htmlFor="script-reason-text">
            {label(asks)} <span aria-hidden="true">*</span>
          </label>
          <input
            id="script-reason-text"
            className="rp-input"
            value={walk.reasonText}
            maxLength={500}
            autoComplete="off"
            onKeyDown={(event) => enter(() => event.currentTarget.blur())(event)}
            onChange={(event) => onText(event.target.value)}
          />
        </div>
      )}
    </>
  )
}
