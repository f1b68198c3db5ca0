/** Plays a recording: seek, speed, skip silence, notes at moments. Nothing is fetched before somebody plays it. */

import { Button, Checkbox, Segmented } from 'antd'
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import { recordingAddress } from '../api/client'
import { useTell, useText } from '../look/look'
import { duration, percent } from '../text/format'
import { Notes } from './Notes'
import { behindSilence, nextSpeed, orderOf, SPEEDS } from './playing'
import type { Note, Sound } from './types'
import { Waveform } from './Waveform'

export function Player({
  attemptId,
  sound,
  notes,
  self,
  onNotes,
}: {
  attemptId: string
  sound: Sound
  notes: readonly Note[]
  self: string
  onNotes: () => void
}) {
  const { t } = useText()
  const tell = useTell()
  const player = useRef<HTMLAudioElement>(null)
  const [at_s, setAt] = useState(0)
  const [plays, setPlays] = useState(false)
  const [speed, setSpeed] = useState(1)
  const [skips, setSkips] = useState(false)
  const [noteAt, setNoteAt] = useState<number>()

  const seek = useCallback(
    (to_s: number) => {
      if (player.current === null) return
      const within_s = Math.max(0, Math.min(sound.duration_s, to_s))
      setAt(within_s)
      seekTo(player.current, within_s)
    },
    [sound],
  )
  const toggle = useCallback(() => {
    const audio = player.current
    if (audio === null) return
    if (audio.paused) audio.play().catch((error: unknown) => !isAborted(error) && tell.wrong(error))
    else audio.pause()
  }, [tell])

  useEffect(() => {
    if (player.current) player.current.playbackRate = speed
  }, [speed])
  useOrders({ player, seek, toggle, setSpeed, setSkips, setNoteAt })

  const follow = () => {
    const audio = player.current
    if (audio === null) return
    const further_s = skips && !audio.paused ? behindSilence(audio.currentTime, sound.silences) : undefined
    if (further_s !== undefined) audio.currentTime = further_s
    setAt(audio.currentTime)
  }
  return (
    <section className="rq-player">
      {/* biome-ignore lint/a11y/useMediaCaption: a recorded talk has no captions */}
      <audio
        ref={player}
        preload="none"
        src={recordingAddress(attemptId)}
        onTimeUpdate={follow}
        onPlay={() => {
          if (player.current) player.current.playbackRate = speed
          setPlays(true)
        }}
        onPause={() => setPlays(false)}
        onError={() => tell.wrong(new Error(t('player.none')))}
      />
      <div className="rq-sides">
        <span className="rq-customer">{t('player.customer')}</span>
        <span className="rq-agent">{t('player.agent')}</span>
      </div>
      <Waveform sound={sound} player={player} notes={notes} onSeek={seek} />
      <div className="rp-actions">
        <Button type="primary" onClick={toggle}>
          {t(plays ? 'player.pause' : 'player.play')}
        </Button>
        <Button onClick={() => seek(at_s - 5)}>{t('player.back')}</Button>
        <Button onClick={() => seek(at_s + 5)}>{t('player.forward')}</Button>
        <span className="rp-time rq-clock" data-testid="clock">
          {duration(at_s)} / {duration(sound.duration_s)}
        </span>
        <Segmented
          aria-label={t('player.speed')}
          value={speed}
          onChange={setSpeed}
          options={SPEEDS.map((one) => ({ value: one as number, label: `${one}×` }))}
        />
        <Checkbox checked={skips} onChange={(event) => setSkips(event.target.checked)}>
          {t('player.skip')}
        </Checkbox>
        <Button onClick={() => setNoteAt(player.current?.currentTime ?? 0)}>{t('note.here')}</Button>
      </div>
      <p className="rp-quiet rq-keys">{t('player.keys')}</p>
      <Measured sound={sound} />
      <Notes
        attemptId={attemptId}
        notes={notes}
        self={self}
        noteAt={noteAt}
        onSeek={seek}
        onDone={(changed) => {
          setNoteAt(undefined)
          if (changed) onNotes()
        }}
      />
    </section>
  )
}

interface Hands {
  player: RefObject<HTMLAudioElement | null>
  seek: (to_s: number) => void
  toggle: () => void
  setSpeed: (how: (speed: number) => number) => void
  setSkips: (how: (skips: boolean) => boolean) => void
  setNoteAt: (at_s: number) => void
}

/** The keys of the player, wherever on the page they are pressed. */
function useOrders({ player, seek, toggle, setSpeed, setSkips, setNoteAt }: Hands): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const order = orderOf(event, event.target)
      if (order === undefined || order.kind === 'next' || order.kind === 'previous') return
      event.preventDefault()
      if (order.kind === 'play') toggle()
      else if (order.kind === 'seek') seek((player.current?.currentTime ?? 0) + order.by_s)
      else if (order.kind === 'speed') setSpeed((speed) => nextSpeed(speed, order.by))
      else if (order.kind === 'skip') setSkips((skips) => !skips)
      else setNoteAt(player.current?.currentTime ?? 0)
    }
    window.addEventListener('keydown', pressed)
    return () => window.removeEventListener('keydown', pressed)
  }, [player, seek, toggle, setSpeed, setSkips, setNoteAt])
}

/** A player that has fetched nothing yet cannot seek: it does so as soon as it knows how long the sound is. */
function seekTo(audio: HTMLAudioElement, to_s: number): void {
  if (audio.readyState > 0) {
    audio.currentTime = to_s
    return
  }
  audio.addEventListener('loadedmetadata', () => seekTo(audio, to_s), { once: true })
  audio.preload = 'metadata'
  audio.load()
}

function Measured({ sound }: { sound: Sound }) {
  const { t } = useText()
  const { measures } = sound
  const level = (dbfs: number | null) => (dbfs === null ? '–' : `${dbfs.toFixed(0)} dBFS`)
  const pair = (left: string, right: string) => (
    <>
      <span className="rq-customer">{left}</span> / <span className="rq-agent">{right}</span>
    </>
  )
  const facts = [
    [t('player.talkShare'), pair(percent(measures.talk_left, 0), percent(measures.talk_right, 0))],
    [t('player.level'), pair(level(sound.level_left_dbfs), level(sound.level_right_dbfs))],
    [t('player.deadAir'), `${measures.dead_air_s.toFixed(1)} s`],
    [t('player.longest'), `${measures.longest_silence_s.toFixed(1)} s`],
    [t('player.overlap'), percent(measures.overlap)],
    [t('player.clipping'), pair(percent(measures.clipped_left, 2), percent(measures.clipped_right, 2))],
  ] as const
  return (
    <dl className="rq-measures">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="rp-time">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
