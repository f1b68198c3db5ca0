/** The talks that were found or drawn; each a button, with what speaks for a look at it. */

import { Button, Tag } from 'antd'
import { useText } from '../look/look'
import { duration, moment } from '../text/format'
import type { Listed } from './types'

export function TalkList({
  talks,
  chosen,
  busy,
  onChoose,
  onMore,
}: {
  talks: readonly Listed[]
  chosen: string | undefined
  busy: boolean
  onChoose: (attemptId: string) => void
  onMore: (() => void) | undefined
}) {
  const { t, language } = useText()
  return (
    <section className="rq-list" aria-label={t('talk.list')}>
      {talks.length === 0 && <p className="rp-empty">{busy ? t('app.loading') : t('calls.none')}</p>}
      <ul>
        {talks.map(({ attempt, risks }) => (
          <li key={attempt.attempt_id}>
            <button
              type="button"
              className="rq-row"
              aria-current={attempt.attempt_id === chosen ? 'true' : undefined}
              onClick={() => onChoose(attempt.attempt_id)}
            >
              <span className="rq-row-top">
                <b>{attempt.name || attempt.number}</b>
                <span className="rp-time">{attempt.talk_s === null ? '–' : duration(attempt.talk_s)}</span>
              </span>
              <span className="rp-quiet rq-row-top">
                <span>
                  {attempt.agent_id ?? '–'} · {moment(attempt.queued_at, language)}
                </span>
                <span>{attempt.outcome ? t(`outcome.${attempt.outcome}`) : ''}</span>
              </span>
              <span className="rq-tags">
                {attempt.reviewed && <Tag color="success">{t('talk.reviewed')}</Tag>}
                {attempt.disposition && <Tag>{t(`disposition.${attempt.disposition}`)}</Tag>}
                {risks
                  .filter((risk) => risk !== attempt.disposition)
                  .map((risk) => (
                    <Tag key={risk} color="warning">
                      {t(`risk.${risk}`)}
                    </Tag>
                  ))}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {onMore && (
        <Button loading={busy} onClick={onMore}>
          {t('calls.more')}
        </Button>
      )}
    </section>
  )
}
