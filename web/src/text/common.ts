/** Texts that every page has: the frame, the log-in page, what may go wrong. */

import type { Entry } from './language'

export const common = {
  'app.language': { zh: '语言', en: 'Language' },
  'app.dark': { zh: '深色', en: 'Dark' },
  'app.light': { zh: '浅色', en: 'Light' },
  'app.logOut': { zh: '退出', en: 'Sign out' },
  'app.onTheLine.title': { zh: '您的坐席还在线', en: 'You are still taking calls' },
  'app.onTheLine.says': {
    zh: '退出前先下线：当前通话和整理结束后不再有来电。没有登记的内容会丢失。',
    en: 'You are logged out first: no calls come after the present one and its wrap-up. What is not saved is lost.',
  },
  'app.onTheLine.do': { zh: '下线并退出', en: 'Log out and sign out' },
  'app.pages': { zh: '页面', en: 'Pages' },
  'app.floor': { zh: '现场', en: 'Floor' },
  'app.agent': { zh: '坐席', en: 'Agent' },
  'app.calls': { zh: '通话', en: 'Calls' },
  'app.users': { zh: '用户', en: 'Users' },
  'app.loading': { zh: '加载中…', en: 'Loading…' },
  'app.skip': { zh: '跳到正文', en: 'Skip to the content' },
  'app.noPage': {
    zh: '您的用户没有可用的页面：请联系管理员。',
    en: 'There is no page for your user: ask an admin.',
  },
  'app.broken': { zh: '这一页出错了', en: 'This page broke' },
  'app.reload': { zh: '重新加载', en: 'Load again' },
  'app.cancel': { zh: '取消', en: 'Cancel' },
  'app.close': { zh: '关闭', en: 'Close' },
  'app.refresh': { zh: '刷新', en: 'Refresh' },

  'line.lost': {
    zh: '连接中断，正在重试。显示的内容可能已过时。',
    en: 'Connection lost, trying again. What is shown may be old.',
  },
  'line.back': { zh: '连接已恢复', en: 'Connected again' },
  'line.opening': { zh: '正在连接…', en: 'Connecting…' },

  'error.away': { zh: '服务没有应答，请稍后再试。', en: 'The service does not answer: try again in a moment.' },
  'error.fault': { zh: '没有成功：{detail}', en: 'That did not work: {detail}' },

  'login.title': { zh: '登录 Ringpace', en: 'Sign in to Ringpace' },
  'login.username': { zh: '用户名', en: 'User name' },
  'login.password': { zh: '密码', en: 'Password' },
  'login.do': { zh: '登录', en: 'Sign in' },
  'login.wrong': { zh: '用户名或密码不正确。', en: 'The name or the password is wrong.' },
  'login.tooMany': {
    zh: '输错次数过多，请 {seconds} 秒后再试。',
    en: 'Too many wrong passwords: try again in {seconds} s.',
  },
  'login.ended': { zh: '会话已结束，请重新登录。', en: 'Your session is over: sign in again.' },
  'login.changed': { zh: '密码已修改，请用新密码登录。', en: 'The password is changed: sign in with the new one.' },

  'password.title': { zh: '请设置您自己的密码', en: 'Choose a password of your own' },
  'password.why': {
    zh: '现在的密码是别人给您的。设置新密码后才能继续；之后需重新登录。',
    en: 'The present one was given to you by somebody else. Nothing else can be done before; then sign in again.',
  },
  'password.old': { zh: '现在的密码', en: 'Present password' },
  'password.new': { zh: '新密码（至少 10 个字符）', en: 'New password (10 characters at least)' },
  'password.again': { zh: '再输入一次新密码', en: 'New password once more' },
  'password.differ': { zh: '两次输入不一致。', en: 'The two are not the same.' },
  'password.short': { zh: '至少 10 个字符。', en: 'At least 10 characters.' },
  'password.do': { zh: '设置密码', en: 'Set the password' },
} as const satisfies Record<string, Entry>
