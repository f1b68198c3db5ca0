/** The telephone on the agent's page: which one, how it stands, and how loud both sides are. */

import { Alert, Button, Popconfirm, Radio } from 'antd'
import { useState } from 'react'
import type { AgentCard } from '../api/payloads'
import { useStore } from '../api/store'
import { useText } from '../look/look'
import { type Which, which } from './choice'
import { Meter } from './Meter'
import { CheckMicrophone, ChooseMicrophone } from './Microphone'
import './phone.css'
import { levels, openPhone, phone } from './telephone'
import type { Trouble } from './trouble'

interface PhoneBarProps {
  agentId: string
  card: AgentCard
}

export function PhoneBar({ agentId, card }: PhoneBarProps) {
  const { t } = useText()
  const now = useStore(phone, (value) => value)
  const chosen = useStore(which, (value) => value)
  const [checked, setChecked] = useState<Trouble>()
  const offline = card.state === 'OFFLINE'
  const inPage = offline ? chosen === 'PAGE' : card.telephone === 'PAGE'
  if (!offline && !inPage) return null
  const idle = offline && now.line === 'off'
  const trouble = now.trouble ?? (idle ? checked : undefined)
  const openAgain = (steal: boolean) => void openPhone(agentId, steal).catch(() => undefined)
  return (
    <section className="rp-box rp-phone" aria-label={t('phone.title')}>
      {idle && (
        <Radio.Group
          aria-label={t('phone.which')}
          optionType="button"
          value={chosen}
          onChange={(event) => which.set(event.target.value as Which)}
          options={(['DESK', 'PAGE'] as const).map((value) => ({ value, label: t(`phone.${value}`) }))}
        />
      )}
      {idle && inPage && <CheckMicrophone onTrouble={setChecked} />}
      {inPage && !idle && (
        <>
          <span className={`rp-phone-line rp-phone-${now.line}`} role="status">
            {t(`phone.line.${now.line}`)}
          </span>
          {(now.line === 'ready' || now.line === 'up' || now.line === 'lost') && <Open />}
          {now.line === 'elsewhere' && (
            <Popconfirm title={t('phone.useHere.sure')} onConfirm={() => openAgain(true)} okText={t('phone.useHere')}>
              <Button>{t('phone.useHere')}</Button>
            </Popconfirm>
          )}
          {now.line === 'off' && <Button onClick={() => openAgain(false)}>{t('phone.again')}</Button>}
        </>
      )}
      {inPage && now.silent && <Alert type="warning" showIcon title={t('phone.silent')} />}
      {inPage && trouble && <Alert type="error" showIcon title={t(`phone.trouble.${trouble}`)} />}
    </section>
  )
}

/** The telephone while it is open. */
function Open() {
  const { t } = useText()
  return (
    <>
      <Meter label={t('phone.me')} read={() => levels().me} />
      <Meter label={t('phone.far')} read={() => levels().far} />
      <ChooseMicrophone />
    </>
  )
}
