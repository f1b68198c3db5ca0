/** The two languages, and which one a browser asks for. */

export type Language = 'zh' | 'en'
export type Entry = Readonly<Record<Language, string>>

/** The first of the browser's languages that we speak; English for whoever speaks neither. */
export function preferred(languages: readonly string[]): Language {
  for (const one of languages) {
    if (one.toLowerCase().startsWith('zh')) return 'zh'
    if (one.toLowerCase().startsWith('en')) return 'en'
  }
  return 'en'
}
