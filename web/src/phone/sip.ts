/** SIP in the page: registers with Asterisk through our own door, takes its call, and comes back after a loss. */

import * as JsSIP from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession'

export interface Account {
  uri: string
  user: string
  password: string
}

/** What happens to the line, told to whoever holds it. */
export interface Listener {
  registered: () => void
  refused: () => void
  /** The connection is lost and is being made again; `code` is the door's word. */
  lost: (code: number | undefined) => void
  up: (leg: Leg) => void
  down: () => void
  heard: (stream: MediaStream) => void
}

/** The call that stands. */
export interface Leg {
  /** Speak through another microphone. */
  speakThrough: (track: MediaStreamTrack) => Promise<void>
}

export interface Sip {
  /** Hang up, unregister, and connect no more; works while the page is being left. */
  close: () => void
}

const REGISTERED_FOR_S = 120
const AGAIN_MS = 3000
/** Candidates of this machine come within milliseconds; no others are waited for. */
const GATHERING_MS = 150

/** The way to the door; once shut, it is not tried again while the last farewells are said. */
class Door extends JsSIP.WebSocketInterface {
  shut = false
  override connect(): void {
    if (!this.shut) super.connect()
  }
}

/** Open a line. Calls are answered at once: what comes through the door can only be Asterisk's own call to this agent. */
export function openSip(address: string, account: Account, microphone: () => MediaStream, told: Listener): Sip {
  const door = new Door(address)
  const ua = new JsSIP.UA({
    sockets: door,
    uri: account.uri,
    authorization_user: account.user,
    password: account.password,
    register_expires: REGISTERED_FOR_S,
    session_timers: false,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 8,
    user_agent: 'Ringpace page',
  })
  let session: RTCSession | undefined
  let wasLost = false
  let closed = false
  let again: ReturnType<typeof setTimeout> | undefined

  ua.on('registered', () => {
    if (closed) return
    told.registered()
    // Asterisk would send its BYE to the connection that is gone until it is told of this one.
    if (wasLost && session?.isEstablished()) session.renegotiate()
    wasLost = false
  })
  ua.on('registrationFailed', () => {
    if (closed) return
    told.refused()
    // A switch that is just starting refuses too.
    clearTimeout(again)
    again = setTimeout(() => ua.register(), AGAIN_MS)
  })
  ua.on('disconnected', ({ code }) => {
    wasLost = true
    if (!closed) told.lost(code)
  })
  ua.on('newRTCSession', (event: { originator: string; session: RTCSession }) => {
    if (event.originator !== 'remote' || closed) return
    const before = session
    session = event.session
    // Asterisk calls anew only where it knows nothing of the former call any more.
    if (before !== undefined && !before.isEnded()) before.terminate()
    answer(session, microphone(), told, () => session)
  })
  ua.start()

  return {
    close: () => {
      closed = true
      door.shut = true
      clearTimeout(again)
      if (session !== undefined && !session.isEnded()) session.terminate()
      session = undefined
      ua.stop()
      // What was said is on its way; a registrar's answer is not waited for: Asterisk forgets us with the connection, and
      // must not call here any more.
      door.disconnect()
    },
  }
}

function answer(session: RTCSession, stream: MediaStream, told: Listener, present: () => RTCSession | undefined): void {
  const over = () => {
    if (present() === session || present() === undefined) told.down()
  }
  session.on('peerconnection', ({ peerconnection }) => {
    peerconnection.addEventListener('track', ({ track }: RTCTrackEvent) => told.heard(new MediaStream([track])))
  })
  let found = false
  session.on('icecandidate', ({ ready }) => {
    if (!found) setTimeout(ready, GATHERING_MS)
    found = true
  })
  session.on('confirmed', () => told.up(legOf(session)))
  session.on('ended', over)
  session.on('failed', over)
  session.answer({ mediaStream: stream, pcConfig: { iceServers: [] } })
}

function legOf(session: RTCSession): Leg {
  const sender = () => session.connection.getSenders().find((one) => one.track?.kind === 'audio')
  return {
    speakThrough: async (track) => sender()?.replaceTrack(track),
  }
}
