/** Sends a list with the progress of the sending, which `fetch` cannot tell. */

import { ApiError, detailOf, listsAddress } from '../api/client'
import type { ImportReport } from '../api/payloads'
import { session } from '../api/session'

const MOST_BYTES = 64 * 1024 * 1024

/** What can be seen to be wrong with a file before any of it is sent. */
export function faultOf(file: {
  name: string
  size: number
}): 'lists.tooLarge' | 'lists.empty' | 'lists.oldExcel' | undefined {
  if (file.size > MOST_BYTES) return 'lists.tooLarge'
  if (file.size === 0) return 'lists.empty'
  return /\.xls$/i.test(file.name) ? 'lists.oldExcel' : undefined
}

interface Sending {
  campaignId: number
  file: File
  /** What the list is to be called; empty for the file's own name. */
  name: string
  /** Told how much is sent, from 0 to 1. */
  onSent: (share: number) => void
  signal: AbortSignal
}

/** Load a list; no deadline, for a long list takes minutes to be taken in. */
export function sendList({ campaignId, file, name, onSent, signal }: Sending): Promise<ImportReport> {
  const form = new FormData()
  if (name.trim() !== '') form.set('name', name.trim())
  form.set('file', file, file.name)
  const request = new XMLHttpRequest()
  return new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onSent(total > 0 ? loaded / total : 0)
    request.upload.onload = () => onSent(1)
    request.onload = () => {
      const answer = parsed(request.responseText)
      if (request.status >= 200 && request.status < 300) return resolve(answer as ImportReport)
      if (request.status === 401) void session.ask()
      reject(new ApiError(request.status, detailOf(answer, request.status)))
    }
    request.onerror = () => reject(new ApiError(0, ''))
    request.onabort = () => reject(new DOMException('given up', 'AbortError'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.open('POST', listsAddress(campaignId))
    request.send(form)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
