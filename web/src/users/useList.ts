/** A list that the service keeps: asked for when it is first shown, and again after each change. */

import { useCallback, useEffect, useState } from 'react'
import { useTell } from '../look/look'

export function useList<T>(ask: () => Promise<T[]>): { list: T[]; busy: boolean; again: () => Promise<void> } {
  const tell = useTell()
  const [list, setList] = useState<T[]>([])
  const [busy, setBusy] = useState(true)
  const again = useCallback(async () => {
    setBusy(true)
    try {
      setList(await ask())
    } catch (error) {
      tell.wrong(error)
    } finally {
      setBusy(false)
    }
  }, [ask, tell])
  useEffect(() => void again(), [again])
  return { list, busy, again }
}
