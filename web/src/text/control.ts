/** Texts of what an agent does with a call: mute, hold, keypad, transfer, a longer wrap-up. */

import type { Entry } from './language'

export const control = {
  'control.title': { zh: '通话操作', en: 'This call' },
  'control.mute': { zh: '静音', en: 'Mute' },
  'control.unmute': { zh: '取消静音', en: 'Unmute' },
  'control.muted': { zh: '客户听不到您', en: 'The customer does not hear you' },
  'control.hold': { zh: '保持', en: 'Hold' },
  'control.resume': { zh: '恢复通话', en: 'Resume' },
  'control.held': { zh: '客户保持中', en: 'Customer on hold' },
  'control.remember': { zh: '客户已等待较久，请尽快恢复通话。', en: 'The customer has waited long: come back soon.' },
  'control.back': { zh: '自动恢复', en: 'Back by itself in' },
  'control.keypad': { zh: '拨号键', en: 'Keypad' },
  'control.pressed': { zh: '已按：{keys}', en: 'Pressed: {keys}' },
  'control.key': { zh: '按键 {key}', en: 'Key {key}' },
  'control.transfer': { zh: '转接', en: 'Transfer' },
  'control.transferTo': { zh: '转接给', en: 'Transfer to' },
  'control.nobody': { zh: '现在没有空闲的坐席。', en: 'No agent is ready now.' },
  'control.transferred': { zh: '正在转接给 {name}', en: 'Going to {name}' },
  'control.longer': { zh: '延长 30 秒', en: '30 s more' },
} as const satisfies Record<string, Entry>
