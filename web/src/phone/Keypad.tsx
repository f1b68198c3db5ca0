/** The keys of a telephone, for machines on the customer's side that ask for one. */

import { Button, Popover } from 'antd'
import { useText } from '../look/look'
import { press } from './telephone'

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const

export function Keypad({ disabled }: { disabled: boolean }) {
  const { t } = useText()
  const keys = (
    <div className="rp-phone-keys">
      {KEYS.map((key) => (
        <Button key={key} aria-label={t('phone.key', { key })} onClick={() => press(key)}>
          {key}
        </Button>
      ))}
    </div>
  )
  if (disabled) return <Button disabled>{t('phone.keypad')}</Button>
  return (
    <Popover trigger="click" placement="bottomRight" content={keys}>
      <Button>{t('phone.keypad')}</Button>
    </Popover>
  )
}
