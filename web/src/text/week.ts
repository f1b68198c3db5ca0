/** Texts of the week on which a plan's windows are painted. */

import type { Entry } from './language'

export const week = {
  'week.title': { zh: '一周的拨打时段', en: 'When to call, on a week' },
  'week.says': {
    zh: '拖动涂抹，或用方向键移动、空格切换。灰色：法定时段之外，不会拨打；零散时间在下面填写。',
    en: 'Drag to paint, or move by the arrow keys and press space. Grey: outside legal hours, never called. Odd times go below.',
  },
  'week.all': { zh: '拨打', en: 'open' },
  'week.some': { zh: '部分拨打', en: 'open in part' },
  'week.none': { zh: '不拨打', en: 'closed' },
} as const satisfies Record<string, Entry>
