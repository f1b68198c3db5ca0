import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '../api/client'
import { faultOf, sendList } from './upload'

/** The browser's way of sending, answered by the test. */
class Wire {
  static last: Wire
  upload: { onprogress?: (event: object) => void; onload?: () => void } = {}
  onload?: () => void
  onerror?: () => void
  onabort?: () => void
  status = 0
  responseText = ''
  opened: string[] = []
  sent = new FormData()
  constructor() {
    Wire.last = this
  }
  open(...how: string[]) {
    this.opened = how
  }
  send(form: FormData) {
    this.sent = form
  }
  abort() {
    this.onabort?.()
  }
  answer(status: number, text: string) {
    Object.assign(this, { status, responseText: text })
    this.onload?.()
  }
}

const FILE = new File(['姓名,手机\n'], '名单.csv')

function sending(name = '', signal = new AbortController().signal) {
  vi.stubGlobal('XMLHttpRequest', Wire)
  const shares: number[] = []
  const report = sendList({ campaignId: 7, file: FILE, name, onSent: (share) => shares.push(share), signal })
  return { report, shares, wire: Wire.last }
}

afterEach(() => vi.unstubAllGlobals())

describe('sending a list', () => {
  it('tells how far it is, and then what became of the list', async () => {
    const { report, shares, wire } = sending(' 双十一 ')
    wire.upload.onprogress?.({ loaded: 25, total: 100 })
    wire.upload.onload?.()
    wire.answer(201, '{"accepted": 2}')
    expect(await report).toEqual({ accepted: 2 })
    expect(shares).toEqual([0.25, 1])
    expect(wire.opened).toEqual(['POST', '/api/campaigns/7/lists'])
    expect([wire.sent.get('name'), (wire.sent.get('file') as File).name]).toEqual(['双十一', '名单.csv'])
  })

  it('leaves the name to the file where none is given', () => {
    expect(sending('  ').wire.sent.has('name')).toBe(false)
  })

  it('fails in the words of the service, or with status 0 where it is away', async () => {
    const refused = sending()
    refused.wire.answer(422, '{"detail": "file: the file is empty"}')
    await expect(refused.report).rejects.toEqual(new ApiError(422, 'file: the file is empty'))
    const broken = sending()
    broken.wire.answer(502, '<html>')
    await expect(broken.report).rejects.toEqual(new ApiError(502, 'HTTP 502'))
    const away = sending()
    away.wire.onerror?.()
    await expect(away.report).rejects.toMatchObject({ status: 0 })
  })

  it('can be given up', async () => {
    const giving = new AbortController()
    const { report } = sending('', giving.signal)
    giving.abort()
    await expect(report).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('a file', () => {
  it('that the service would refuse is not sent', () => {
    expect(faultOf({ name: 'a.csv', size: 64 * 1024 * 1024 })).toBeUndefined()
    expect(faultOf({ name: 'a.csv', size: 64 * 1024 * 1024 + 1 })).toBe('lists.tooLarge')
    expect(faultOf({ name: 'a.csv', size: 0 })).toBe('lists.empty')
    expect(faultOf({ name: 'A.XLS', size: 9 })).toBe('lists.oldExcel')
    expect(faultOf({ name: 'a.xlsx', size: 9 })).toBeUndefined()
  })
})
