/** Texts of supervisors on the floor, and of what their agents see of it. */

import type { Entry } from './language'

export const supervision = {
  'supervise.menu': { zh: '“{name}”的操作', en: 'What to do about {name}' },
  'supervise.LISTEN': { zh: '监听', en: 'Listen' },
  'supervise.WHISPER': { zh: '耳语', en: 'Whisper' },
  'supervise.BARGE': { zh: '加入', en: 'Join in' },
  'supervise.LISTEN.says': { zh: '您听得到双方，没有人听得到您', en: 'You hear both, nobody hears you' },
  'supervise.WHISPER.says': { zh: '只有坐席听得到您', en: 'The agent alone hears you' },
  'supervise.BARGE.says': {
    zh: '客户也听得到您；本次通话结束后回到监听',
    en: 'The customer hears you too; after this talk you only listen again',
  },
  'supervise.end': { zh: '结束', en: 'End' },
  'supervise.mine': { zh: '您在“{name}”的线路上', en: 'You are on the line of {name}' },
  'supervise.others': { zh: '{who} · {mode}', en: '{who} · {mode}' },
  'supervise.ringing': { zh: '请接起您的话机', en: 'Answer your phone' },
  'supervise.noPhone': {
    zh: '您的用户没有坐席号，没有可呼叫的话机',
    en: 'Your user works as no agent: there is no phone to call',
  },
  'supervise.barge.title': { zh: '加入“{name}”的通话？', en: 'Join the talk of {name}?' },
  'supervise.message': { zh: '发消息…', en: 'Message…' },
  'supervise.takeOver': { zh: '接管通话', en: 'Take over the call' },
  'supervise.takeOver.title': { zh: '接管“{name}”的通话？', en: 'Take over the call of {name}?' },
  'supervise.takeOver.says': {
    zh: '客户转到您的线路（您须以坐席 {own} 上线），“{name}”的通话到此结束。',
    en: 'The customer is moved to your line (agent {own} must be logged in), and the talk of {name} is over.',
  },
  'supervise.pause': { zh: '让其暂停', en: 'Pause' },
  'supervise.ready': { zh: '让其就绪', en: 'Make ready' },
  'supervise.logOut': { zh: '让其下线', en: 'Log out' },
  'supervise.logOut.title': { zh: '让“{name}”下线？', en: 'Log {name} out?' },
  'supervise.logOut.says': {
    zh: '在当前通话和整理之后下线；须由坐席自己重新上线。',
    en: 'After the present call and its wrap-up; the agent has to log in again.',
  },
  'supervise.hangUp': { zh: '挂断通话', en: 'End the call' },
  'supervise.hangUp.title': { zh: '挂断“{name}”的通话？', en: 'End the call of {name}?' },
  'supervise.hangUp.says': {
    zh: '客户会立即听到挂断，无法恢复。',
    en: 'The customer is cut off at once, and this cannot be undone.',
  },
  'supervise.done': { zh: '“{name}”：{what}', en: '{name}: {what}' },

  'floor.team': { zh: '班组', en: 'Team' },
  'floor.everyTeam': { zh: '全部班组', en: 'All teams' },
  'floor.order': { zh: '排序', en: 'Order' },
  'floor.byName': { zh: '按工号', en: 'By number' },
  'floor.byTime': { zh: '按时长', en: 'By time' },
  'floor.wall': { zh: '大屏', en: 'Wall' },
  'floor.wall.leave': { zh: '退出大屏', en: 'Leave the wall' },

  'message.title': { zh: '给“{name}”的消息', en: 'Message to {name}' },
  'message.text': { zh: '内容（500 字以内）', en: 'Text (500 characters at most)' },
  'message.send': { zh: '发送', en: 'Send' },
  'message.sent': { zh: '已发送，等待阅读', en: 'Sent, not read yet' },
  'message.unread': { zh: '{count} 条未读', en: '{count} unread' },
  'message.read': { zh: '已读', en: 'Read' },
  'message.from': { zh: '{who} 的消息', en: 'Message from {who}' },
  'message.understood': { zh: '知道了', en: 'Understood' },
  'message.box': { zh: '消息', en: 'Messages' },

  'supervised.LISTEN': { zh: '有人在监听', en: 'Somebody is listening' },
  'supervised.WHISPER': { zh: '有人在对您耳语', en: 'Somebody whispers to you' },
  'supervised.BARGE': { zh: '有人加入了通话', en: 'Somebody has joined the talk' },
} as const satisfies Record<string, Entry>
