/** Which microphone, and whether it hears: before the agent logs in, and beside the telephone while it is open. */

import { Button, Select } from 'antd'
import { useEffect, useState } from 'react'
import { useStore } from '../api/store'
import { useText } from '../look/look'
import { device } from './choice'
import { type Level, levelOf } from './level'
import { Meter } from './Meter'
import { closeMicrophone, type Device, microphones, openMicrophone } from './microphone'
import { type Trouble, troubleOf } from './trouble'

/** The microphones to choose from. */
export function ChooseMicrophone() {
  const { t } = useText()
  const chosen = useStore(device, (value) => value)
  const [known, setKnown] = useState<Device[]>([])
  useEffect(() => {
    const look = () => void microphones().then(setKnown)
    look()
    navigator.mediaDevices?.addEventListener('devicechange', look)
    return () => navigator.mediaDevices?.removeEventListener('devicechange', look)
  }, [])
  const options = known.map(({ id, label }, index) => ({
    value: id,
    label: label || t('phone.device', { number: index + 1 }),
  }))
  return (
    <Select
      className="rp-phone-device"
      aria-label={t('phone.microphone')}
      value={options.some((one) => one.value === chosen) ? chosen : ''}
      options={[{ value: '', label: t('phone.usual') }, ...options]}
      onChange={(id: string) => device.set(id)}
    />
  )
}

/** Try the microphone without logging in. */
export function CheckMicrophone({ onTrouble }: { onTrouble: (trouble: Trouble | undefined) => void }) {
  const { t } = useText()
  const [checking, setChecking] = useState(false)
  const [level, setLevel] = useState<Level>()
  const chosen = useStore(device, (value) => value)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another microphone is opened anew
  useEffect(() => {
    if (!checking) return
    let over = false
    let end: () => void = () => undefined
    const open = async () => {
      const stream = await openMicrophone()
      if (over) return closeMicrophone(stream)
      const context = new AudioContext()
      setLevel(levelOf(context, stream))
      end = () => {
        closeMicrophone(stream)
        void context.close()
      }
    }
    open().catch((error) => {
      onTrouble(troubleOf(error))
      setChecking(false)
    })
    return () => {
      over = true
      setLevel(undefined)
      end()
    }
  }, [checking, chosen, onTrouble])
  if (!checking) {
    return (
      <Button
        onClick={() => {
          onTrouble(undefined)
          setChecking(true)
        }}
      >
        {t('phone.check')}
      </Button>
    )
  }
  return (
    <>
      {level && (
        <>
          <ChooseMicrophone />
          <Meter label={t('phone.me')} read={level.read} />
          <span className="rp-quiet">{t('phone.speak')}</span>
        </>
      )}
      <Button onClick={() => setChecking(false)}>{t('phone.checkEnd')}</Button>
    </>
  )
}
