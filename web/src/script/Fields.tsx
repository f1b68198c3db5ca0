/** The fields of a step, each with what is wrong with it; Enter goes on, and never saves the result of the talk. */

import type { KeyboardEvent } from 'react'
import { useText } from '../look/look'
import { dictionary, type TextKey } from '../text/dictionary'
import type { Field, FieldKind } from './flow'

type Label = (text: Readonly<Record<string, string>>) => string

interface FieldsProps {
  fields: readonly Field[]
  answers: Readonly<Record<string, string>>
  /** By field: the key of a text, or the service's own words. */
  faults: Readonly<Record<string, string>>
  label: Label
  onAnswer: (name: string, value: string) => void
  onDone: () => void
}

const TYPES: Record<Exclude<FieldKind, 'CHOICE'>, string> = {
  TEXT: 'text',
  DATE: 'date',
  TIME: 'time',
  DATETIME: 'datetime-local',
  NUMBER: 'text',
  PHONE: 'tel',
}

export function Fields({ fields, answers, faults, label, onAnswer, onDone }: FieldsProps) {
  const { t } = useText()
  const words = (fault: string) => (fault in dictionary ? t(fault as 'script.fault.needed' & TextKey) : fault)
  return (
    <div className="rp-walk-fields">
      {fields.map((field) => {
        const [id, fault] = [`script-${field.name}`, faults[field.name]]
        const shared = {
          id,
          className: 'rp-input',
          value: answers[field.name] ?? '',
          required: field.required,
          'aria-invalid': fault !== undefined,
          'aria-describedby': fault === undefined ? undefined : `${id}-fault`,
        }
        return (
          <div key={field.name} className="rp-field">
            <label htmlFor={id}>
              {label(field.label)} {field.required && <span aria-hidden="true">*</span>}
            </label>
            {field.kind === 'CHOICE' ? (
              <select {...shared} onChange={(event) => onAnswer(field.name, event.target.value)}>
                <option value="">{t('script.pick')}</option>
                {field.options.map((one) => (
                  <option key={one.value} value={one.value}>
                    {label(one.label)}
                  </option>
                ))}
              </select>
            ) : (
              <input
                {...shared}
                type={TYPES[field.kind]}
                inputMode={field.kind === 'NUMBER' ? 'decimal' : undefined}
                maxLength={field.kind === 'TEXT' ? 500 : 40}
                autoComplete="off"
                onKeyDown={enter(onDone)}
                onChange={(event) => onAnswer(field.name, event.target.value)}
              />
            )}
            {fault !== undefined && (
              <span id={`${id}-fault`} className="rp-walk-fault" role="alert">
                {words(fault)}
              </span>
            )}
          </div>
        )
      })}
    </div>
  )
}

/** Enter in a field of the script: it must not reach the form that records the talk, which would be saved by it. */
export function enter(done?: () => void) {
  return (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.nativeEvent.isComposing || event.altKey) return
    event.preventDefault()
    done?.()
  }
}
