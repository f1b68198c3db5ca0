/** For tests: what every browser has and jsdom has not. */

class NeverResized implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

/** A wide window, and somebody who prefers nothing in particular. */
function neverMatches(media: string): MediaQueryList {
  return Object.assign(new EventTarget(), {
    media,
    matches: false,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
  })
}

globalThis.ResizeObserver ??= NeverResized
window.matchMedia ??= neverMatches
// The testing library says so by itself, but to the first file alone where files share one world.
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
