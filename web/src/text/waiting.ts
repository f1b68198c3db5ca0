/** Texts of the leads behind each reason to wait. */

import type { Entry } from './language'

export const waiting = {
  'waiting.title': { zh: '{campaign}：{hold}', en: '{campaign}: {hold}' },
  'waiting.show': { zh: '{hold}：{count} 个名单，查看', en: '{hold}: {count} leads, show them' },
  'waiting.key': { zh: '编号', en: 'Key' },
  'waiting.name': { zh: '客户', en: 'Customer' },
  'waiting.number': { zh: '号码', en: 'Number' },
  'waiting.attempts': { zh: '已拨', en: 'Attempts' },
  'waiting.until': { zh: '直到', en: 'Until' },
  'waiting.because': { zh: '说明', en: 'Because' },
  'waiting.more': { zh: '更多', en: 'More' },
  'waiting.none': { zh: '现在没有', en: 'None just now' },
} as const satisfies Record<string, Entry>
