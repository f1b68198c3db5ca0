/** Texts of the telephone in the page. */

import type { Entry } from './language'

export const phone = {
  'phone.title': { zh: '电话', en: 'Telephone' },
  'phone.which': { zh: '用哪部电话', en: 'Which telephone' },
  'phone.DESK': { zh: '话机', en: 'Desk telephone' },
  'phone.PAGE': { zh: '网页电话', en: 'In this page' },
  'phone.hint': {
    zh: '点“上线”后请保持本页打开：客户会直接接到这里，用耳机听和说。',
    en: 'Log in and keep this page open: customers are connected to it. Listen and speak with a headset.',
  },
  'phone.check': { zh: '试麦克风', en: 'Check the microphone' },
  'phone.checkEnd': { zh: '试完了', en: 'End the check' },
  'phone.speak': { zh: '请说话：条动了就说明麦克风正常。', en: 'Speak: if the bar moves, the microphone works.' },
  'phone.microphone': { zh: '麦克风', en: 'Microphone' },
  'phone.device': { zh: '麦克风 {number}', en: 'Microphone {number}' },
  'phone.usual': { zh: '系统默认', en: 'The usual one' },
  'phone.me': { zh: '我', en: 'You' },
  'phone.far': { zh: '对方', en: 'Customer' },
  'phone.useHere': { zh: '改在本页使用', en: 'Use it here' },
  'phone.useHere.sure': {
    zh: '另一页上的电话会断开；如果正在通话，客户会被挂断。',
    en: 'The other page loses the telephone; a customer on the line there is let go.',
  },
  'phone.again': { zh: '再试', en: 'Try again' },
  'phone.line.off': { zh: '未连接', en: 'Not connected' },
  'phone.line.opening': { zh: '正在连接…', en: 'Connecting …' },
  'phone.line.ready': { zh: '已就绪', en: 'Ready' },
  'phone.line.up': { zh: '已接通', en: 'On the line' },
  'phone.line.lost': {
    zh: '连接断了，正在重连；正在进行的通话不受影响。',
    en: 'The connection is lost and is being made again; a talk that is on goes on.',
  },
  'phone.line.elsewhere': {
    zh: '电话正在另一个标签页或浏览器里使用。',
    en: 'The telephone is in use in another tab or browser.',
  },
  'phone.silent': {
    zh: '浏览器还不让本页出声：请点一下页面任意处。',
    en: 'The browser keeps this page silent: click anywhere on it.',
  },
  'phone.trouble.insecure': {
    zh: '浏览器只在加密的网页（https）上允许用麦克风：请用 https 地址打开。',
    en: 'Browsers let only encrypted pages (https) use a microphone: open this page by its https address.',
  },
  'phone.trouble.denied': {
    zh: '浏览器不让本页用麦克风：点地址栏左边的图标，允许麦克风，再试。',
    en: 'The browser denies this page the microphone: click the icon left of the address, allow it, and try again.',
  },
  'phone.trouble.none': {
    zh: '没有找到麦克风：请插上耳机，再试。',
    en: 'No microphone: plug in a headset, then try again.',
  },
  'phone.trouble.busy': {
    zh: '麦克风打不开：可能被别的程序占用。关掉它，再试。',
    en: 'The microphone cannot be opened: another program may be using it. Close that one, then try again.',
  },
  'phone.trouble.refused': {
    zh: '交换机不认得这部网页电话：请告诉管理员。',
    en: 'The switch does not know the telephone of this page: tell your administrator.',
  },
  'phone.trouble.away': {
    zh: '连不上交换机，请稍后再试。',
    en: 'The switch cannot be reached; try again in a moment.',
  },
} as const satisfies Record<string, Entry>
