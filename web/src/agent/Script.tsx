/** The script of the present talk, walked by the agent; where it ends, it fills in the result. */

import { useEffect } from 'react'
import { useText } from '../look/look'
import { endingOf, type Flow } from '../script/flow'
import { useWalk } from '../script/kept'
import { Walker } from '../script/Walker'
import type { Told } from './draft'

interface ScriptProps {
  agentId: string
  attemptId: string
  flow: Flow
  onTold: (told: Told | undefined) => void
}

export function Script({ agentId, attemptId, flow: given, onTold }: ScriptProps) {
  const { t } = useText()
  const { flow, walk, saved, refused, change, check } = useWalk(agentId, attemptId, given)
  const end = endingOf(flow, walk)
  const [disposition, reason] = end?.ready ? [end.disposition, end.reason ?? ''] : [undefined, '']
  useEffect(() => {
    onTold(disposition && { attemptId, disposition, reason })
  }, [attemptId, disposition, reason, onTold])
  return (
    <section className="rp-box" aria-label={t('script.walk')}>
      <Walker
        flow={flow}
        walk={walk}
        onWalk={change}
        check={check}
        says={refused ?? t(saved ? 'script.saved' : 'script.notSaved')}
      />
    </section>
  )
}
