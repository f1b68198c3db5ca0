/** Draws both sides of a recording, each in its colour; a click seeks. What is drawn comes without the sound. */

import { theme } from 'antd'
import { type RefObject, useEffect, useRef } from 'react'
import WaveSurfer from 'wavesurfer.js'
import { useText } from '../look/look'
import { duration } from '../text/format'
import type { Note, Sound } from './types'

const SIDE_PX = 52

export function Waveform({
  sound,
  player,
  notes,
  onSeek,
}: {
  sound: Sound
  player: RefObject<HTMLAudioElement | null>
  notes: readonly Note[]
  onSeek: (at_s: number) => void
}) {
  const { t } = useText()
  const { token } = theme.useToken()
  const box = useRef<HTMLDivElement>(null)
  const { colorPrimary, colorWarning, colorText, colorFillSecondary } = token
  useEffect(() => {
    if (box.current === null || player.current === null) return
    const side = (colour: string) => ({ waveColor: colour, progressColor: colour, height: SIDE_PX })
    const drawn = WaveSurfer.create({
      container: box.current,
      media: player.current,
      peaks: [sound.left, sound.right],
      duration: sound.duration_s,
      splitChannels: [side(colorWarning), side(colorPrimary)],
      cursorColor: colorText,
      cursorWidth: 2,
      // The sound is a telephone's: as soft as it is, its shape is to be seen.
      normalize: true,
      interact: false,
    })
    return () => drawn.destroy()
  }, [sound, player, colorPrimary, colorWarning, colorText])
  return (
    <div className="rq-wave" style={{ background: colorFillSecondary }}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the hand; the keys and the buttons seek too */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above */}
      <div
        ref={box}
        className="rq-wave-box"
        title={t('player.wave')}
        onClick={(event) => {
          const { left, width } = event.currentTarget.getBoundingClientRect()
          if (width > 0) onSeek(((event.clientX - left) / width) * sound.duration_s)
        }}
      />
      {sound.silences.map(([from, to]) => (
        <span
          key={from}
          className="rq-silence"
          style={{ left: share(from, sound), width: share(to - from, sound) }}
          aria-hidden="true"
        />
      ))}
      {notes.map((note) => (
        <button
          key={note.note_id}
          type="button"
          className="rq-marker"
          style={{ left: share(note.at_s, sound) }}
          aria-label={t('note.go', { at: duration(note.at_s), text: note.text })}
          title={note.text}
          onClick={() => onSeek(note.at_s)}
        />
      ))}
    </div>
  )
}

function share(at_s: number, sound: Sound): string {
  return `${Math.min(100, (at_s / Math.max(0.001, sound.duration_s)) * 100)}%`
}
