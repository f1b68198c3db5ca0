/** The telephone in the page: one at most, whatever is shown; opened to log in, closed when the agent has left. */

import { api } from '../api/client'
import { session } from '../api/session'
import { createStore } from '../api/store'
import { device } from './choice'
import { type Level, levelOf } from './level'
import { closeMicrophone, openMicrophone } from './microphone'
import type { Leg, Sip } from './sip'
import { PhoneError, type Trouble, troubleOf } from './trouble'
import { type Turn, takeTurn } from './turn'

export type Line = 'off' | 'opening' | 'ready' | 'up' | 'lost' | 'elsewhere'

export interface Phone {
  line: Line
  /** The browser lets the page make no sound until somebody touches it. */
  silent: boolean
  trouble: Trouble | undefined
}

const OFF: Phone = { line: 'off', silent: false, trouble: undefined }
/** Of the door: another page of the same agent has come. */
const ELSEWHERE = 4000
const READY_WITHIN_MS = 10_000

export const phone = createStore<Phone>(OFF)

/** All that is open for one agent. */
interface Opened {
  agentId: string
  microphone?: MediaStream
  turn?: Turn
  sip?: Sip | undefined
  leg?: Leg | undefined
  context?: AudioContext
  me?: Level
  far?: Level | undefined
  ready: Promise<void>
}

let opened: Opened | undefined
const speaker = typeof Audio === 'undefined' ? undefined : new Audio()

const show = (change: Partial<Phone>) => phone.set({ ...phone.get(), ...change })

/** Open the telephone of this agent; done once Asterisk knows it. PhoneError says what stands against it. */
export function openPhone(agentId: string, steal = false): Promise<void> {
  if (opened?.agentId === agentId && !steal && phone.get().line !== 'elsewhere') return opened.ready
  closePhone()
  const one: Opened = { agentId, ready: Promise.resolve() }
  opened = one
  one.ready = open(one, steal).catch((error) => {
    const trouble = troubleOf(error)
    if (opened === one) {
      closePhone()
      show({ trouble })
    }
    throw new PhoneError(trouble)
  })
  return one.ready
}

async function open(one: Opened, steal: boolean): Promise<void> {
  show({ ...OFF, line: 'opening' })
  const stays = () => opened === one
  // Such a page has neither a microphone nor locks.
  if (!window.isSecureContext) throw new PhoneError('insecure')
  const turn = await takeTurn({
    steal,
    waiting: () => stays() && show({ line: 'elsewhere' }),
    lost: () => stays() && waitAgain(one),
  })
  if (!stays()) return turn.leave()
  one.turn = turn
  show({ line: 'opening' })
  one.microphone = await openMicrophone()
  if (!stays()) return closeMicrophone(one.microphone)
  listen(one)
  const [{ openSip }, account] = await Promise.all([import('./sip'), api.phone(one.agentId)])
  if (!stays()) return
  await new Promise<void>((resolve, reject) => {
    const tooLate = setTimeout(() => reject(new PhoneError('away')), READY_WITHIN_MS)
    let known = false
    one.sip = openSip(doorAt(window.location), account, () => one.microphone ?? new MediaStream(), {
      registered: () => {
        known = true
        clearTimeout(tooLate)
        show({ line: one.leg ? 'up' : 'ready', trouble: undefined })
        resolve()
      },
      refused: () => (known ? show({ line: 'lost', trouble: 'refused' }) : reject(new PhoneError('refused'))),
      lost: (code) => (code === ELSEWHERE ? leaveToAnother(one) : known && show({ line: 'lost' })),
      up: (leg) => {
        one.leg = leg
        show({ line: 'up' })
      },
      down: () => {
        one.leg = undefined
        one.far?.close()
        one.far = undefined
        if (phone.get().line === 'up') show({ line: 'ready' })
      },
      heard: (stream) => hear(one, stream),
    })
  })
}

/** Hang up and let go of the microphone; also while the page is being left. */
export function closePhone(): void {
  const one = opened
  opened = undefined
  if (one) letGo(one)
  phone.set(OFF)
}

function leaveToAnother(one: Opened): void {
  letGo(one)
  phone.set({ ...OFF, line: 'elsewhere' })
}

/** Another tab has taken it; it comes back here when that one closes. */
function waitAgain(one: Opened): void {
  closePhone()
  openPhone(one.agentId).catch(() => undefined)
  show({ line: 'elsewhere' })
}

function letGo(one: Opened): void {
  one.sip?.close()
  one.me?.close()
  one.far?.close()
  closeMicrophone(one.microphone)
  void one.context?.close().catch(() => undefined)
  if (speaker) speaker.srcObject = null
  one.turn?.leave()
  one.sip = undefined
  one.leg = undefined
}

/** How loud the agent and the customer are now, 0 to 1. */
export function levels(): { me: number; far: number } {
  return { me: opened?.me?.read() ?? 0, far: opened?.far?.read() ?? 0 }
}

/** Speak through the microphone that is chosen now, also in mid-talk. */
export async function changeMicrophone(): Promise<void> {
  const one = opened
  if (!one?.microphone) return
  try {
    const fresh = await openMicrophone()
    const [track] = fresh.getAudioTracks()
    if (opened !== one || !track) return closeMicrophone(fresh)
    await one.leg?.speakThrough(track)
    closeMicrophone(one.microphone)
    one.me?.close()
    one.microphone = fresh
    listen(one)
    show({ trouble: undefined })
  } catch (error) {
    show({ trouble: troubleOf(error) })
  }
}

function listen(one: Opened): void {
  if (!one.microphone) return
  one.context ??= new AudioContext()
  one.me = levelOf(one.context, one.microphone)
  // A headset that is pulled out: the usual microphone takes its place.
  for (const track of one.microphone.getAudioTracks()) track.onended = () => void changeMicrophone()
}

function hear(one: Opened, stream: MediaStream): void {
  if (!speaker || !one.context) return
  one.far?.close()
  one.far = levelOf(one.context, stream)
  speaker.srcObject = stream
  const { context } = one
  const sound = async () => {
    await speaker.play()
    void context.resume().catch(() => undefined) // for the bars alone, and never done where the browser forbids it
  }
  sound().catch(() => {
    show({ silent: true })
    const touched = () => {
      for (const kind of TOUCHES) document.removeEventListener(kind, touched)
      void sound().then(() => show({ silent: false }))
    }
    for (const kind of TOUCHES) document.addEventListener(kind, touched)
  })
}

const TOUCHES = ['pointerdown', 'keydown'] as const

/** The door, on the page's own origin. */
export function doorAt({ protocol, host }: { protocol: string; host: string }): string {
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/phone`
}

// Without a farewell Asterisk would wait five seconds for sound before it calls the agent anew.
window.addEventListener('pagehide', closePhone)
window.addEventListener('beforeunload', (event) => {
  if (phone.get().line === 'up' && talking) event.preventDefault()
})
device.subscribe(() => void changeMicrophone())
session.store.subscribe(() => {
  const now = session.store.get()
  if (now.kind === 'nobody' && !now.ended) closePhone()
})

let talking = false
/** A customer is on the line: whoever leaves the page is asked whether they mean it. */
export function inTalk(now: boolean): void {
  talking = now
}
