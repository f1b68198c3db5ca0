/** The reviewers' desk: what to look for on the left, the talks in the middle, the one at hand on the right. */

import { Button } from 'antd'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { User } from '../api/people'
import { useTell, useText } from '../look/look'
import { useList } from '../users/useList'
import { asking } from './asking'
import { Filters, NOTHING } from './Filters'
import { Samples, SavedFilters } from './Kept'
import { orderOf } from './playing'
import { Talk } from './Talk'
import { TalkList } from './TalkList'
import type { Listed, Sought } from './types'

export function Desk({ user }: { user: User }) {
  const { t } = useText()
  const { list: saved, again: askSaved } = useList(asking.saved)
  const { list: samples, again: askSamples } = useList(asking.samples)
  const { list: cards } = useList(asking.scorecards)
  const { list: calibrations, again: askCalibrations } = useList(asking.calibrations)
  const { sought, talks, next, busy, sampleId, find, open, more, read } = useTalks()
  const [chosen, setChosen] = useState<string>()
  const hand = useRef<HTMLDivElement>(null)
  // From the list's button to the talk: there the keys are the player's.
  useEffect(() => {
    if (chosen !== undefined) hand.current?.focus()
  }, [chosen])
  const wanted = calibrations.filter((one) => one.wanted)
  const all = [...talks, ...calibrations.map((one) => listed(one.attempt))]
  const talk = all.find((one) => one.attempt.attempt_id === chosen)?.attempt

  const move = useCallback(
    (by: number) => {
      const at = talks.findIndex((one) => one.attempt.attempt_id === chosen)
      const other = talks[at < 0 ? 0 : at + by]
      if (other) setChosen(other.attempt.attempt_id)
    },
    [talks, chosen],
  )
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const order = orderOf(event, event.target)
      if (order?.kind === 'next' || order?.kind === 'previous') move(order.kind === 'next' ? 1 : -1)
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [move])

  return (
    <div className="rq-desk">
      <aside className="rp-stack">
        <Filters key={JSON.stringify(sought)} sought={sought} onFind={(asked) => void find(asked)} />
        <SavedFilters
          list={saved}
          sought={sought}
          onUse={(asked) => void find(asked)}
          onChanged={() => void askSaved()}
        />
        <Samples
          list={samples}
          opened={sampleId}
          sought={sought}
          onOpen={(id) => void open(id)}
          onClose={() => void find(sought)}
          onChanged={() => void askSamples()}
        />
        {wanted.length > 0 && (
          <section className="rp-stack">
            <h2>{t('talk.calibrations')}</h2>
            {wanted.map(({ attempt }) => (
              <Button key={attempt.attempt_id} size="small" onClick={() => setChosen(attempt.attempt_id)}>
                {attempt.name || attempt.number} · {t('talk.wanted')}
              </Button>
            ))}
          </section>
        )}
      </aside>
      <TalkList
        talks={talks}
        chosen={chosen}
        busy={busy}
        onChoose={setChosen}
        onMore={next === null ? undefined : () => void more()}
      />
      <div className="rq-hand" ref={hand} tabIndex={-1}>
        {talk === undefined ? (
          <p className="rp-empty">{t('talk.choose')}</p>
        ) : (
          <Talk
            key={talk.attempt_id}
            talk={talk}
            user={user}
            cards={cards}
            onReviewed={() => {
              void askSamples()
              void askCalibrations()
              if (sampleId !== undefined) void open(sampleId)
              else read(talk.attempt_id).catch(() => undefined) // the list is right again when it is next asked for
            }}
          />
        )}
      </div>
    </div>
  )
}

const listed = (attempt: Listed['attempt']): Listed => ({ attempt, risks: [] })

/** The talks in the list: those that fit a search, a page after the other, or those of a sample. */
function useTalks() {
  const tell = useTell()
  const [sought, setSought] = useState<Sought>(NOTHING)
  const [talks, setTalks] = useState<readonly Listed[]>([])
  const [next, setNext] = useState<string | null>(null)
  const [sampleId, setSampleId] = useState<number>()
  const [busy, setBusy] = useState(true)
  const latest = useRef(0)

  /** Only the last that was asked for is shown, whichever answer comes first. */
  const turn = useCallback(
    async <T,>(ask: () => Promise<T>, show: (found: T) => void) => {
      latest.current += 1
      const mine = latest.current
      setBusy(true)
      try {
        const found = await ask()
        if (mine === latest.current) show(found)
      } catch (error) {
        if (mine === latest.current) tell.wrong(error)
      } finally {
        if (mine === latest.current) setBusy(false)
      }
    },
    [tell],
  )
  const find = useCallback(
    (asked: Sought) =>
      turn(
        () => asking.talks(asked),
        (page) => {
          setSought(asked)
          setSampleId(undefined)
          setTalks(page.attempts.map(listed))
          setNext(page.next)
        },
      ),
    [turn],
  )
  const open = useCallback(
    (id: number) =>
      turn(
        () => asking.sample(id),
        (sample) => {
          setSampleId(id)
          setTalks(sample.items)
          setNext(null)
        },
      ),
    [turn],
  )
  /** A talk that was just judged, as the service has it now. */
  const read = useCallback(async (attemptId: string) => {
    const { mine } = await asking.reviews(attemptId)
    const reviewed = mine.some((one) => one.kind === 'REVIEW' && one.state === 'GIVEN')
    if (!reviewed) return
    setTalks((before) =>
      before.map((one) =>
        one.attempt.attempt_id === attemptId ? { ...one, attempt: { ...one.attempt, reviewed } } : one,
      ),
    )
  }, [])
  const more = useCallback(
    () =>
      turn(
        () => asking.talks(sought, next ?? undefined),
        (page) => {
          setTalks((before) => [...before, ...page.attempts.map(listed)])
          setNext(page.next)
        },
      ),
    [turn, sought, next],
  )
  useEffect(() => void find(NOTHING), [find])
  return { sought, talks, next, busy, sampleId, find, open, more, read }
}
