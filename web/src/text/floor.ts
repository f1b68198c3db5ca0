/** Texts of the floor. */

import type { Entry } from './language'

export const floor = {
  'floor.title': { zh: '现场', en: 'Floor' },
  'floor.agents': { zh: '坐席', en: 'Agents' },
  'floor.calls': { zh: '呼叫', en: 'Calls' },
  'floor.campaigns': { zh: '外呼活动', en: 'Campaigns' },
  'floor.noAgents': { zh: '没有坐席', en: 'No agents' },
  'floor.noCalls': { zh: '没有呼叫', en: 'No calls' },
  'floor.onlyState': { zh: '只看：{state}（{count}）', en: 'Show only: {state} ({count})' },
  'floor.stopAll': { zh: '全部停拨', en: 'Stop all dialling' },
  'floor.stopAll.title': { zh: '暂停全部 {count} 个运行中的活动？', en: 'Pause all {count} running campaigns?' },
  'floor.stopAll.says': {
    zh: '立即不再拨出新呼叫。已在振铃的会继续，接听者照常接给坐席；通话不会中断。之后逐个活动点“继续”即可恢复。',
    en: 'No new call is placed from now on. What rings goes on ringing, and whoever answers is connected; talks go on. Resume the campaigns one by one afterwards.',
  },
  'floor.stopAll.done': { zh: '已暂停 {count} 个活动', en: '{count} campaigns paused' },
  'floor.stopAll.failed': { zh: '未能暂停：{names}', en: 'Not paused: {names}' },

  'campaign.pause': { zh: '暂停', en: 'Pause' },
  'campaign.resume': { zh: '继续', en: 'Resume' },
  'campaign.stop': { zh: '停止', en: 'Stop' },
  'campaign.pacing': { zh: '调速…', en: 'Pacing…' },
  'campaign.pause.title': { zh: '暂停“{name}”？', en: 'Pause {name}?' },
  'campaign.pause.says': {
    zh: '不再拨出新呼叫；已在振铃的会继续，通话不会中断。活动保留位置，可随时继续。',
    en: 'No new calls; what rings goes on ringing, talks go on. The campaign keeps its place and can be resumed at any time.',
  },
  'campaign.stop.title': { zh: '停止“{name}”？', en: 'Stop {name}?' },
  'campaign.stop.says': {
    zh: '活动就此结束：不再拨出新呼叫，到期的重拨也不再进行。已在振铃的会继续，通话不会中断。只是想歇一会儿，请用“暂停”。',
    en: 'The campaign is over: no new calls, and no retries when they are due. What rings goes on ringing, talks go on. For a while only, use Pause.',
  },
  'campaign.done': { zh: '“{name}”：{status}', en: '{name}: {status}' },
  'campaign.decision': { zh: '最近决定', en: 'Last decision' },
  'campaign.noDecision': { zh: '还没有决定', en: 'None yet' },
  'campaign.expected': { zh: '预计弃呼', en: 'Expected abandonment' },
  'campaign.answerRate': { zh: '接通率（24 小时）', en: 'Answer rate (24 h)' },
  'campaign.calls': { zh: '呼叫', en: 'Calls' },
  'campaign.holds': { zh: '名单去向', en: 'Why leads wait' },
  'campaign.noHolds': { zh: '尚未统计', en: 'Not counted yet' },
  'campaign.abandonment': { zh: '弃呼', en: 'Abandonment' },
  'campaign.noWindows': { zh: '尚未读取', en: 'Not read yet' },
  'campaign.trouble': { zh: '没有拨号：{why}', en: 'Not dialling: {why}' },
  'campaign.perAgent': { zh: '{ratio} 路/坐席', en: '{ratio} per agent' },

  'window.says': {
    zh: '窗口 {name}：{live} 个真人接听中弃呼 {abandoned} 个，{rate}；95% 区间 {lower}–{upper}，上限 {limit}；还可承受 {slack} 个',
    en: 'Window {name}: {abandoned} of {live} live answers abandoned, {rate}; 95% between {lower} and {upper}, limit {limit}; can bear {slack} more',
  },
  'window.short': { zh: '{abandoned}/{live}，区间 {lower}–{upper}', en: '{abandoned}/{live}, {lower}–{upper}' },
  'window.of': { zh: '{rate} / {limit}', en: '{rate} of {limit}' },

  'pacing.title': { zh: '“{name}”的拨号速度', en: 'Pacing of {name}' },
  'pacing.mode': { zh: '方式', en: 'Mode' },
  'pacing.ratio': { zh: '每名空闲坐席的呼叫数（1–5）', en: 'Calls per free agent (1–5)' },
  'pacing.maxInFlight': { zh: '同时在途上限', en: 'Most calls in flight' },
  'pacing.maxAbandonment': { zh: '弃呼上限 %（0–10）', en: 'Most abandonment, % (up to 10)' },
  'pacing.lateCancel': { zh: '撤回无人可接的久振呼叫', en: 'Withdraw calls that ring late with nobody free' },
  'pacing.asItIs': { zh: '不变', en: 'As it is' },
  'pacing.on': { zh: '开', en: 'On' },
  'pacing.off': { zh: '关', en: 'Off' },
  'pacing.do': { zh: '应用', en: 'Apply' },
  'pacing.nothing': { zh: '没有改动', en: 'Nothing is changed' },
  'pacing.effect': { zh: '应用后', en: 'Then' },
  'pacing.fits': {
    zh: '无坐席方式须与活动的语音流程配套，否则会被拒绝。',
    en: 'Agentless and a flow of the plan go together; else the service refuses.',
  },
  'pacing.done': {
    zh: '现在：{mode}，每坐席 {ratio} 路，在途上限 {most}，弃呼上限 {limit}',
    en: 'Now: {mode}, {ratio} per agent, {most} in flight at most, abandonment up to {limit}',
  },

  'chart.title': { zh: '最近几分钟（打开本页以来）', en: 'The last minutes (since this page was opened)' },
  'chart.answers': { zh: '接听 / 分钟', en: 'Answers per minute' },
  'chart.abandonment': { zh: '弃呼率（最紧窗口）', en: 'Abandonment (tightest window)' },
  'chart.occupancy': { zh: '坐席占用率', en: 'Occupancy' },
  'chart.gathering': { zh: '正在收集数据…', en: 'Gathering…' },
  'chart.now': {
    zh: '现在：每分钟接听 {answers}，弃呼率 {abandonment}，占用率 {occupancy}',
    en: 'Now: {answers} answers per minute, abandonment {abandonment}, occupancy {occupancy}',
  },
} as const satisfies Record<string, Entry>
