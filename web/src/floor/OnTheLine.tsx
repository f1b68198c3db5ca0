/** For whoever is on an agent's line: how, each mode one click away, and the end too. */

import { Button } from 'antd'
import { useState } from 'react'
import { api } from '../api/client'
import type { AgentCard } from '../api/payloads'
import { SUPERVISION_MODES, type Supervisor } from '../api/supervision'
import { useTell, useText } from '../look/look'

export function OnTheLine({ card, supervisor }: { card: AgentCard; supervisor: Supervisor }) {
  const { t } = useText()
  const tell = useTell()
  const [busy, setBusy] = useState(false)
  const act = async (asked: () => Promise<unknown>) => {
    setBusy(true)
    try {
      await asked()
    } catch (error) {
      tell.wrong(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <fieldset className="rp-agent-more rp-on-the-line">
      <legend className="rp-hidden">{t('supervise.mine', { name: card.name || card.agent_id })}</legend>
      {!supervisor.up && <span role="status">{t('supervise.ringing')}</span>}
      {supervisor.up &&
        SUPERVISION_MODES.map((mode) => (
          <Button
            key={mode}
            size="small"
            type={supervisor.mode === mode ? 'primary' : 'default'}
            aria-pressed={supervisor.mode === mode}
            title={t(`supervise.${mode}.says`)}
            disabled={busy || (mode === 'BARGE' && card.state !== 'TALKING')}
            onClick={() => act(() => api.listen(card.agent_id, mode))}
          >
            {t(`supervise.${mode}`)}
          </Button>
        ))}
      <Button size="small" danger disabled={busy} onClick={() => act(() => api.endListening(card.agent_id))}>
        {t('supervise.end')}
      </Button>
    </fieldset>
  )
}
