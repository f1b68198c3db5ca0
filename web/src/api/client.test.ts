import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApiError, api, detailOf, onNobody } from './client'

const answering = (status: number, body: unknown) =>
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body), { status }))

afterEach(() => vi.unstubAllGlobals())

describe('the client', () => {
  it('tells an error in the words of the service', async () => {
    answering(409, { detail: 'agent 101 is in no call' })
    await expect(api.hangUp('101')).rejects.toEqual(new ApiError(409, 'agent 101 is in no call'))
  })

  it('names the field where a field is wrong', () => {
    const body = { detail: [{ loc: ['body', 'ratio'], msg: 'Input should be less than 5' }] }
    expect(detailOf(body, 422)).toBe('ratio: Input should be less than 5')
    expect(detailOf(undefined, 502)).toBe('HTTP 502')
  })

  it('says that nobody is logged in any more, but not for a wrong password', async () => {
    const told = vi.fn()
    onNobody(told)
    answering(401, { detail: 'the name or the password is wrong' })
    await expect(api.logIn('ada', 'x')).rejects.toBeInstanceOf(ApiError)
    expect(told).not.toHaveBeenCalled()
    await expect(api.users()).rejects.toBeInstanceOf(ApiError)
    expect(told).toHaveBeenCalledOnce()
  })

  it('has status 0 where the service is away', async () => {
    vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('Failed to fetch')))
    await expect(api.users()).rejects.toMatchObject({ status: 0 })
  })
})
