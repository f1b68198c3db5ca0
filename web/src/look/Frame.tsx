/** What stands around every page: who one is, the pages, language, shade, log out, and whether the line holds. */

import { BulbOutlined } from '@ant-design/icons'
import { Button, Segmented } from 'antd'
import { type MouseEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type { User } from '../api/people'
import { useStore } from '../api/store'
import { line } from '../api/stream'
import { language, shade, useText } from './look'
import { go, type Page, pagesOf } from './route'
import { SignOut } from './SignOut'

export function Frame({ user, page, children }: { user: User; page: Page; children: ReactNode }) {
  const { t } = useText()
  const content = useRef<HTMLElement>(null)
  const pages = pagesOf(user)
  useEffect(() => {
    document.title = `${t(`app.${page}`)} · Ringpace`
  }, [page, t])
  return (
    <>
      <button type="button" className="rp-skip" onClick={() => content.current?.focus()}>
        {t('app.skip')}
      </button>
      <header className="rp-header">
        <strong className="rp-brand">Ringpace</strong>
        <nav aria-label={t('app.pages')} className="rp-nav">
          {pages.length > 1 &&
            pages.map((one) => (
              <a key={one} href={`/${one}`} aria-current={one === page ? 'page' : undefined} onClick={leadTo(one)}>
                {t(`app.${one}`)}
              </a>
            ))}
        </nav>
        <span className="rp-who">
          {user.name} <span className="rp-quiet">{t(`role.${user.role}`)}</span>
        </span>
        <Preferences />
        <SignOut user={user} />
      </header>
      <LineBanner />
      <main id="content" ref={content} tabIndex={-1} className="rp-main">
        {children}
      </main>
    </>
  )
}

function leadTo(page: Page) {
  return (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return // another tab or window is wanted
    event.preventDefault()
    go(page)
  }
}

/** Language and shade; the log-in page has them too. */
export function Preferences() {
  const { t, language: spoken } = useText()
  const dark = useStore(shade, (value) => value) === 'dark'
  return (
    <>
      <Segmented
        aria-label={t('app.language')}
        value={spoken}
        onChange={language.set}
        options={[
          { value: 'zh', label: '中文' },
          { value: 'en', label: 'English' },
        ]}
      />
      <Button icon={<BulbOutlined />} onClick={() => shade.set(dark ? 'light' : 'dark')}>
        {t(dark ? 'app.light' : 'app.dark')}
      </Button>
    </>
  )
}

/** Says that the line is lost, over the page and without moving it; and once that it is back. */
function LineBanner() {
  const { t } = useText()
  const state = useStore(line, (value) => value)
  const [wasLost, setWasLost] = useState(false)
  useEffect(() => {
    if (state === 'lost') setWasLost(true)
  }, [state])
  useEffect(() => {
    if (state !== 'open' || !wasLost) return
    const timer = setTimeout(() => setWasLost(false), 3000)
    return () => clearTimeout(timer)
  }, [state, wasLost])
  return (
    <div className="rp-line" role="status" aria-live="polite">
      {state === 'lost' && <span className="rp-line-lost">{t('line.lost')}</span>}
      {state === 'open' && wasLost && <span className="rp-line-back">{t('line.back')}</span>}
    </div>
  )
}
