/** The customer's card and the script; all of it is text, whatever a list may have brought in. */

import { memo } from 'react'
import type { Screen } from '../api/payloads'
import { useText } from '../look/look'

export const Customer = memo(function Customer({ screen }: { screen: Screen | undefined }) {
  const { t } = useText()
  if (screen === undefined) {
    return (
      <section className="rp-box rp-customer" aria-label={t('customer.title')}>
        <p className="rp-empty">{t('customer.none')}</p>
      </section>
    )
  }
  return (
    <section className="rp-box rp-customer" aria-label={t('customer.title')}>
      <h2 aria-live="polite">{screen.name || t('customer.noName')}</h2>
      <dl className="rp-card">
        <dt>{t('customer.number')}</dt>
        <dd className="rp-time">{screen.number}</dd>
        <dt>{t('customer.campaign')}</dt>
        <dd>{screen.campaign}</dd>
        {Object.entries(screen.attributes ?? {}).map(([name, value]) => (
          <Attribute key={name} name={name} value={value} />
        ))}
      </dl>
      {screen.script && !screen.flow && (
        <>
          <h3>{t('customer.script')}</h3>
          <p className="rp-script">{screen.script}</p>
        </>
      )}
    </section>
  )
})

function Attribute({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
    </>
  )
}
