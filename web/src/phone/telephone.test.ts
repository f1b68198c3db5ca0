import { expect, it } from 'vitest'
import { doorAt } from './telephone'

it('goes through the door of the page’s own origin, encrypted where the page is', () => {
  expect(doorAt({ protocol: 'https:', host: 'calls.example' })).toBe('wss://calls.example/api/phone')
  expect(doorAt({ protocol: 'http:', host: '127.0.0.1:8600' })).toBe('ws://127.0.0.1:8600/api/phone')
})
