/**
 * Ant Design's styles without inline <style> elements, which a strict Content-Security-Policy forbids.
 *
 * They go into an element that is in no document, and from there into constructed style sheets, which belong to the
 * script that made them and need no leave.
 */

const sheets = new WeakMap<Element, { text: string; sheet: CSSStyleSheet }>()

function sheetOf(style: Element): CSSStyleSheet {
  const text = style.textContent ?? ''
  const known = sheets.get(style)
  if (known?.text === text) return known.sheet
  const sheet = known?.sheet ?? new CSSStyleSheet()
  sheet.replaceSync(text)
  sheets.set(style, { text, sheet })
  return sheet
}

/** Where the styles are to be put; undefined where the browser has no constructed style sheets. */
export function styleContainer(): Element | undefined {
  if (!('adoptedStyleSheets' in document) || !('replaceSync' in CSSStyleSheet.prototype)) return undefined
  const container = document.createElement('div')
  const mirror = () => {
    document.adoptedStyleSheets = [...container.children].map(sheetOf)
  }
  const { insertBefore, appendChild } = container
  // At once, not when the observer is told: whoever measures right after the first drawing must find it styled.
  container.insertBefore = function <T extends Node>(this: Element, node: T, before: Node | null): T {
    const put = insertBefore.call(this, node, before) as T
    mirror()
    return put
  }
  container.appendChild = function <T extends Node>(this: Element, node: T): T {
    const put = appendChild.call(this, node) as T
    mirror()
    return put
  }
  new MutationObserver(mirror).observe(container, { childList: true, subtree: true, characterData: true })
  return container
}
