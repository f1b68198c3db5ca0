/** The number of a call in full, for whoever may see it; nothing is asked before the button is pressed. */

import { Button } from 'antd'
import { useState } from 'react'
import { fullNumber } from '../api/hooks'
import { useTell, useText } from '../look/look'

export function ShowNumber({ attemptId }: { attemptId: string }) {
  const { t } = useText()
  const tell = useTell()
  const [number, setNumber] = useState<string>()
  const [busy, setBusy] = useState(false)
  const show = async () => {
    setBusy(true)
    try {
      setNumber((await fullNumber(attemptId)).number)
    } catch (error) {
      tell.wrong(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <p className="rp-actions" role="status">
      {number === undefined ? (
        <Button size="small" loading={busy} onClick={show}>
          {t('number.show')}
        </Button>
      ) : (
        <b className="rp-time">{number}</b>
      )}
      <span className="rp-quiet">{t('number.says')}</span>
    </p>
  )
}
