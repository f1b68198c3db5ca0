/** Every text of the consoles in both languages. A language that is missing for a text is a compile error. */

import { agent } from './agent'
import { campaigns } from './campaigns'
import { common } from './common'
import { control } from './control'
import { floor } from './floor'
import { hooks } from './hooks'
import { keep } from './keep'
import type { Language } from './language'
import { people } from './people'
import { phone } from './phone'
import { quality } from './quality'
import { reports } from './reports'
import { script } from './script'
import { supervision } from './supervision'
import { waiting } from './waiting'
import { week } from './week'
import { words } from './words'

export const dictionary = {
  ...words,
  ...common,
  ...floor,
  ...supervision,
  ...waiting,
  ...campaigns,
  ...script,
  ...agent,
  ...control,
  ...phone,
  ...keep,
  ...quality,
  ...reports,
  ...hooks,
  ...people,
  ...week,
}

export type TextKey = keyof typeof dictionary

/** The names between braces in a text. */
type Gaps<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Gaps<Rest> : never
type Fillings<Key extends TextKey> =
  Gaps<(typeof dictionary)[Key]['en']> extends never
    ? []
    : [Record<Gaps<(typeof dictionary)[Key]['en']>, string | number>]

/** Tells a text by its key; whatever stands between braces in it must be given, and no more. */
export type Translate = <Key extends TextKey>(key: Key, ...fillings: Fillings<Key>) => string

/** The texts of one language. */
export function translator(language: Language): Translate {
  return (key, ...fillings) => {
    const given: Record<string, string | number> = fillings[0] ?? {}
    return dictionary[key][language].replace(/\{(\w+)\}/g, (gap, name: string) => String(given[name] ?? gap))
  }
}
