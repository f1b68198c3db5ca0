/** Ties the telephone in the page to where the agent stands: opened before logging in and after a reload, closed after. */

import { useEffect, useRef } from 'react'
import { api } from '../api/client'
import type { AgentCard } from '../api/payloads'
import { useStore } from '../api/store'
import { which } from './choice'
import { closePhone, inTalk, openPhone, phone } from './telephone'
import { PhoneError } from './trouble'

const itself = <T>(value: T): T => value

/** Whether the agent works, or would, with the telephone in this page; and how they log in with the chosen one. */
export function useTelephone(agentId: string, card: AgentCard): { inPage: boolean; logIn: () => Promise<void> } {
  const chosen = useStore(which, itself)
  const here = card.state !== 'OFFLINE'
  const inPage = here ? card.telephone === 'PAGE' : chosen === 'PAGE'
  // A service that has just started tells of nobody yet: that is no reason to hang up on a customer.
  const told = Number.isFinite(card.since)
  const wasHere = useRef(false)
  useEffect(() => {
    // What stands against it is shown beside the telephone itself.
    if (here && inPage) openPhone(agentId).catch(() => undefined)
    if (!here && told && wasHere.current) closePhone()
    if (told) wasHere.current = here
  }, [agentId, here, told, inPage])
  useEffect(() => inTalk(card.state === 'TALKING' && inPage), [card.state, inPage])
  return {
    inPage,
    logIn: async () => {
      if (chosen === 'PAGE' && !(await opens(agentId))) return
      try {
        await api.takeUp(agentId, chosen)
      } catch (error) {
        if (chosen === 'PAGE') closePhone()
        throw error
      }
    },
  }
}

/** Whether the telephone is open and known to Asterisk; not where another tab has it, or something stands against it. */
async function opens(agentId: string): Promise<boolean> {
  let forget: () => void = () => undefined
  const elsewhere = new Promise<boolean>((resolve) => {
    forget = phone.subscribe(() => phone.get().line === 'elsewhere' && resolve(false))
  })
  try {
    return await Promise.race([openPhone(agentId).then(() => true), elsewhere])
  } catch (error) {
    if (error instanceof PhoneError) return false
    throw error
  } finally {
    forget()
  }
}
