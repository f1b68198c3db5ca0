/** What can stand against a telephone in the page, each with words that say what to do. */

export type Trouble = 'insecure' | 'denied' | 'none' | 'busy' | 'refused' | 'away'

export class PhoneError extends Error {
  readonly trouble: Trouble
  constructor(trouble: Trouble) {
    super(trouble)
    this.name = 'PhoneError'
    this.trouble = trouble
  }
}

/** What an error of getUserMedia means (W3C Media Capture and Streams, 10.2.1). */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof PhoneError) return error.trouble
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'none'
  return name === 'NotReadableError' || name === 'AbortError' ? 'busy' : 'away'
}
