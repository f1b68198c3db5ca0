/** How the consoles look and speak: language, light or dark, and Ant Design set to both. */

import { StyleProvider } from '@ant-design/cssinjs'
import { App, ConfigProvider, theme } from 'antd'
import en from 'antd/locale/en_US'
import zh from 'antd/locale/zh_CN'
import { type ReactNode, useLayoutEffect, useMemo } from 'react'
import { ApiError } from '../api/client'
import { createStore, type Store, useStore } from '../api/store'
import { type Translate, translator } from '../text/dictionary'
import { type Language, preferred } from '../text/language'
import { styleContainer } from './styles'

export type Shade = 'light' | 'dark'

const container = styleContainer()
const TRANSLATORS = { zh: translator('zh'), en: translator('en') }

export const language = kept<Language>('ringpace-language', ['zh', 'en'], preferred(navigator.languages ?? []))
export const shade = kept<Shade>('ringpace-shade', ['light', 'dark'], darkIsWanted() ? 'dark' : 'light')

function darkIsWanted(): boolean {
  return window.matchMedia?.('(prefers-color-scheme: dark)').matches ?? false
}

/** A choice that outlives the page, where the browser lets it. */
function kept<T extends string>(key: string, known: readonly T[], initial: T): Store<T> {
  let found: string | null = null
  try {
    found = localStorage.getItem(key)
  } catch {
    // The browser keeps nothing: then the choice lasts as long as the page.
  }
  const store = createStore(known.find((one) => one === found) ?? initial)
  store.subscribe(() => {
    try {
      localStorage.setItem(key, store.get())
    } catch {
      // as above
    }
  })
  return store
}

/** Ant Design would put a gap between the two characters of 暂停. */
const NO_GAP = { autoInsertSpace: false }

const itself = <T,>(value: T): T => value

/** The texts in the language of whoever looks. */
export function useText(): { t: Translate; language: Language } {
  const chosen = useStore(language, itself)
  return { t: TRANSLATORS[chosen], language: chosen }
}

/** Tells what went wrong, and what went right, for a moment at the top of the page; read out too. */
export function useTell(): { wrong: (error: unknown) => void; right: (text: string) => void } {
  const { message } = App.useApp()
  const { t } = useText()
  return useMemo(
    () => ({
      wrong: (error) => void message.error(wordsOf(error, t), 6),
      right: (text) => void message.success(text, 3),
    }),
    [message, t],
  )
}

/** An error in words. */
export function wordsOf(error: unknown, t: Translate): string {
  if (error instanceof ApiError && error.status === 0) return t('error.away')
  return t('error.fault', { detail: error instanceof Error ? error.message : String(error) })
}

/** Colours that everybody can read: 4.5 to 1 against what they stand on, and what stands on them (WCAG 2.2, 1.4.3). */
const LIGHT = {
  colorPrimary: '#0b57d0',
  colorError: '#b3261e',
  colorSuccess: '#226b0b',
  colorSuccessBg: '#eff7ec',
  colorSuccessBorder: '#b7dfa8',
  colorWarning: '#8a5300',
  colorWarningBg: '#fff7e6',
  colorWarningBorder: '#ffd591',
}
const DARK = { colorPrimary: '#4096ff', colorError: '#ff7875', colorSuccess: '#73d13d', colorWarning: '#ffc53d' }
const ON_LIGHT_COLOURS = { primaryColor: '#141414', dangerColor: '#141414' }

/** Everything below speaks the chosen language and has the chosen shade. */
export function Look({ children }: { children: ReactNode }) {
  const spoken = useStore(language, itself)
  const dark = useStore(shade, itself) === 'dark'
  useLayoutEffect(() => {
    document.documentElement.lang = spoken === 'zh' ? 'zh-CN' : 'en'
  }, [spoken])
  const look = useMemo(
    () => ({
      algorithm: [dark ? theme.darkAlgorithm : theme.defaultAlgorithm, theme.compactAlgorithm],
      token: { motion: false, fontSize: 14, borderRadius: 4, ...(dark ? DARK : LIGHT) },
      ...(dark && { components: { Button: ON_LIGHT_COLOURS } }),
      hashed: false,
    }),
    [dark],
  )
  const page = (
    <ConfigProvider locale={spoken === 'zh' ? zh : en} theme={look} button={NO_GAP}>
      <App>
        <Colours dark={dark} />
        {children}
      </App>
    </ConfigProvider>
  )
  return container === undefined ? page : <StyleProvider container={container}>{page}</StyleProvider>
}

/** Ant Design's colours for our own style sheet, so that there is one set of them. */
function Colours({ dark }: { dark: boolean }) {
  const { token } = theme.useToken()
  useLayoutEffect(() => {
    const style = document.documentElement.style
    const colours = {
      ground: token.colorBgLayout,
      box: token.colorBgContainer,
      line: token.colorBorderSecondary,
      edge: token.colorBorder,
      text: token.colorText,
      quiet: token.colorTextSecondary,
      blue: token.colorPrimary,
      'blue-ground': token.colorPrimaryBg,
      good: token.colorSuccess,
      warm: token.colorWarning,
      bad: token.colorError,
      'bad-ground': token.colorErrorBg,
      'warm-ground': token.colorWarningBg,
      font: token.fontFamily,
    }
    for (const [name, value] of Object.entries(colours)) style.setProperty(`--${name}`, value)
    style.colorScheme = dark ? 'dark' : 'light'
  }, [token, dark])
  return null
}
