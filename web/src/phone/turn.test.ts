import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { takeTurn } from './turn'

/** Locks as the browser keeps them, for one name (W3C Web Locks API). */
class FakeLocks {
  private held: { end: (error: DOMException) => void } | undefined
  private waiting: (() => void)[] = []
  request(_name: string, { steal }: { steal: boolean }, work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const run = () => {
        const mine = { end: reject }
        this.held = mine
        void work().then(() => {
          if (this.held === mine) {
            this.held = undefined
            this.waiting.shift()?.()
          }
          resolve()
        })
      }
      if (steal) this.held?.end(new DOMException('taken', 'AbortError'))
      if (steal || this.held === undefined) run()
      else this.waiting.push(run)
    })
  }
}

const told = () => ({ waiting: vi.fn(), lost: vi.fn() })

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('navigator', { locks: new FakeLocks() })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the turn', () => {
  it('is one tab’s, and the next one’s when that leaves', async () => {
    const [first, second] = [told(), told()]
    const turn = await takeTurn(first)
    const next = takeTurn(second)
    await vi.advanceTimersByTimeAsync(5000)
    expect(first.waiting).not.toHaveBeenCalled()
    expect(second.waiting).toHaveBeenCalledOnce()
    turn.leave()
    await next
    expect(first.lost).not.toHaveBeenCalled()
  })

  it('says nothing of waiting where the former page is just being left', async () => {
    const fresh = told()
    const turn = await takeTurn(told())
    const next = takeTurn(fresh)
    await vi.advanceTimersByTimeAsync(300)
    turn.leave()
    await next
    await vi.advanceTimersByTimeAsync(5000)
    expect(fresh.waiting).not.toHaveBeenCalled()
  })

  it('can be taken away, and who had it is told', async () => {
    const [first, second] = [told(), told()]
    await takeTurn(first)
    await takeTurn({ ...second, steal: true })
    await vi.advanceTimersByTimeAsync(0)
    expect(first.lost).toHaveBeenCalledOnce()
    expect(second.lost).not.toHaveBeenCalled()
  })
})
