/** Of several tabs only one has the telephone: whoever holds the lock. The next in line gets it when that tab closes. */

const NAME = 'ringpace-telephone'
/** A tab that is being reloaded gives its lock back a moment after the new page asks. */
const PATIENCE_MS = 800

export interface Turn {
  /** Give the telephone to the next tab. */
  leave: () => void
}

/**
 * Wait for the turn; `waiting` is told where another tab has it, `lost` where one has taken it away. With `steal` it is
 * taken from whoever has it.
 */
export function takeTurn(tell: { waiting: () => void; lost: () => void; steal?: boolean }): Promise<Turn> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(tell.waiting, PATIENCE_MS)
    let has = false
    const held = navigator.locks.request(NAME, { steal: tell.steal ?? false }, () => {
      clearTimeout(timer)
      has = true
      return new Promise<void>((leave) => resolve({ leave }))
    })
    held.catch((error) => {
      clearTimeout(timer)
      // The browser ends the request of whom the lock was taken from.
      if (has) tell.lost()
      else reject(error)
    })
  })
}
