/** Notes at moments of a recording: write one, go to one, take one's own away. */

import { Button, Input } from 'antd'
import { useState } from 'react'
import { useTell, useText } from '../look/look'
import { duration } from '../text/format'
import { asking } from './asking'
import type { Note } from './types'

export function Notes({
  attemptId,
  notes,
  self,
  noteAt,
  onSeek,
  onDone,
}: {
  attemptId: string
  notes: readonly Note[]
  self: string
  noteAt: number | undefined
  onSeek: (at_s: number) => void
  onDone: (changed: boolean) => void
}) {
  const { t } = useText()
  const tell = useTell()
  const [text, setText] = useState('')
  const write = async () => {
    if (noteAt === undefined || text.trim() === '') return
    try {
      await asking.addNote(attemptId, noteAt, text.trim())
      setText('')
      onDone(true)
    } catch (error) {
      tell.wrong(error)
    }
  }
  const remove = (note: Note) =>
    asking
      .removeNote(attemptId, note.note_id)
      .then(() => onDone(true))
      .catch(tell.wrong)
  return (
    <div className="rp-stack">
      {noteAt !== undefined && (
        <form
          className="rq-note-form"
          onSubmit={(event) => {
            event.preventDefault()
            void write()
          }}
        >
          <span className="rp-time">{t('note.at', { at: duration(noteAt) })}</span>
          <Input
            autoFocus
            aria-label={t('note.text')}
            value={text}
            maxLength={1000}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => event.key === 'Escape' && onDone(false)}
          />
          <Button htmlType="submit" type="primary" disabled={text.trim() === ''}>
            {t('note.save')}
          </Button>
          <Button onClick={() => onDone(false)}>{t('app.cancel')}</Button>
        </form>
      )}
      {notes.length > 0 && (
        <ul className="rq-notes" aria-label={t('note.title')}>
          {notes.map((note) => (
            <li key={note.note_id}>
              <Button size="small" className="rp-time" onClick={() => onSeek(note.at_s)}>
                {duration(note.at_s)}
              </Button>
              <span>{note.text}</span>
              <span className="rp-quiet">{nameOf(note.written_by)}</span>
              {note.written_by === self && (
                <Button size="small" aria-label={`${t('note.remove')}: ${note.text}`} onClick={() => void remove(note)}>
                  ✕
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** `user:ada` as people call her. */
export function nameOf(who: string): string {
  return who.replace(/^(user|token):/, '')
}
