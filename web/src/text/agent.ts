/** Texts of the agent's page. */

import type { Entry } from './language'

export const agent = {
  'desk.title': { zh: '坐席', en: 'Agent' },
  'desk.logIn': { zh: '上线', en: 'Log in' },
  'desk.logOut': { zh: '下线', en: 'Log out' },
  'desk.ready': { zh: '就绪', en: 'Ready' },
  'desk.pause': { zh: '暂停：', en: 'Pause:' },
  'desk.hangUp': { zh: '挂断', en: 'Hang up' },
  'desk.soon.pause': { zh: '本次通话整理完后暂停：{reason}', en: 'Pauses after this call: {reason}' },
  'desk.soon.logout': { zh: '本次通话整理完后下线', en: 'Logs out after this call' },
  'desk.soon.not': { zh: '不暂停了', en: 'Do not pause' },
  'desk.offline': {
    zh: '点“上线”后您的话机会响：接起并保持，客户会直接接到这路通话。',
    en: 'Log in and your phone rings: answer it and stay on the line; customers are connected to it.',
  },
  'desk.callingIn': { zh: '请接起话机。', en: 'Answer your phone.' },
  'desk.waiting': { zh: '等待来电。', en: 'Waiting for a call.' },
  'desk.notAnAgent': { zh: '您的用户没有对应的坐席号。', en: 'Your user does not work as an agent.' },
  'desk.trouble': { zh: '原因：{why}', en: 'Because: {why}' },

  'preview.title': { zh: '预览', en: 'Preview' },
  'preview.next': { zh: '下一位客户：{name}', en: 'Next lead of {name}' },
  'preview.call': { zh: '拨打', en: 'Call' },
  'preview.attempts': { zh: '已拨次数', en: 'Attempts so far' },

  'customer.title': { zh: '客户', en: 'Customer' },
  'customer.number': { zh: '号码', en: 'Number' },
  'customer.campaign': { zh: '活动', en: 'Campaign' },
  'customer.script': { zh: '话术', en: 'Script' },
  'customer.noName': { zh: '（无姓名）', en: '(no name)' },
  'customer.none': {
    zh: '接通时这里显示客户和话术。',
    en: 'The customer and the script are shown here when a call comes.',
  },

  'record.title': { zh: '登记结果', en: 'Record' },
  'record.keys': {
    zh: '按数字键选择，Enter 保存，Esc 离开输入框',
    en: 'Number keys choose, Enter saves, Esc leaves a field',
  },
  'record.reason': { zh: '原因', en: 'Reason' },
  'record.note': { zh: '备注（Shift+Enter 换行）', en: 'Note (Shift+Enter for a new line)' },
  'record.callBackAt': { zh: '回拨时间', en: 'Call back at' },
  'record.save': { zh: '保存', en: 'Save' },
  'record.saved': {
    zh: '已保存：{disposition}。可再改，以最后一次为准。',
    en: 'Saved: {disposition}. It may be changed; the last word counts.',
  },
  'record.choose': { zh: '请先选择结果。', en: 'Choose a result first.' },
  'record.needsTime': { zh: '约定回拨需要时间。', en: 'A call-back needs a time.' },
  'record.past': { zh: '回拨时间已过。', en: 'The time of the call-back lies in the past.' },
  'record.done': { zh: '已保存：{disposition}', en: 'Saved: {disposition}' },
  'record.late': {
    zh: '整理时间已到，这一通还没有登记。仍可在此补登。',
    en: 'The wrap-up is over and this call is not recorded. It can still be recorded here.',
  },
  'record.drop': { zh: '不再登记', en: 'Leave it' },
  'record.wrapUp': { zh: '整理用时', en: 'Wrap-up' },
  'record.left': { zh: '剩余', en: 'Left' },
} as const satisfies Record<string, Entry>
