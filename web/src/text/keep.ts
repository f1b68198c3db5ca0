/** Texts about how long a recording is kept, legal holds, and evidence. */

import type { Entry } from './language'

export const keep = {
  'keep.until': { zh: '录音保存至', en: 'Recording kept until' },
  'keep.forever': { zh: '无限期', en: 'no end is set' },
  'keep.whileHeld': { zh: '依法保留期间不删除', en: 'for as long as the legal hold lasts' },
  'keep.deleted': { zh: '录音已删除', en: 'Recording deleted' },
  'keep.deleted.says': { zh: '{at}（{why}）', en: '{at} ({why})' },
  'keep.missing': { zh: '录音缺失', en: 'No recording' },
  'keep.held': { zh: '依法保留', en: 'Legal hold' },
  'keep.held.says': { zh: '{reason}（{who}，{at}）', en: '{reason} ({who}, {at})' },
  'keep.hold': { zh: '依法保留…', en: 'Legal hold…' },
  'keep.lift': { zh: '解除保留…', en: 'Lift the hold…' },
  'keep.hold.title': { zh: '依法保留 {name} 的通话', en: 'Put the call of {name} under legal hold' },
  'keep.hold.says': {
    zh: '保留期间，无论过了多久，录音都不会被删除。原因会记入审计。',
    en: 'Until the hold is lifted, the recording is not deleted, however old it is. The reason goes into the audit trail.',
  },
  'keep.hold.do': { zh: '保留', en: 'Hold' },
  'keep.lift.title': { zh: '解除 {name} 的通话保留', en: 'Lift the legal hold on the call of {name}' },
  'keep.lift.says': {
    zh: '如果保存期限已过，录音会在一天内被永久删除，无法恢复。',
    en: 'If its time is over, the recording is deleted within a day, and nothing brings it back.',
  },
  'keep.lift.do': { zh: '解除', en: 'Lift' },
  'keep.reason': { zh: '原因（案号、投诉编号等）', en: 'Reason (a case, a complaint)' },
  'keep.reason.short': { zh: '至少 3 个字', en: 'Three characters at least' },
  'keep.export': { zh: '导出证据', en: 'Export evidence' },
  'keep.export.says': {
    zh: '一个已签名的 ZIP：录音、经过、拨打依据和审计记录。每次导出都会记入审计。',
    en: 'One signed ZIP: the sound, what happened when, why it was placed, the audit trail. Each export is in the audit trail.',
  },
  'keep.export.full': { zh: '含完整号码', en: 'With the number in full' },
} as const satisfies Record<string, Entry>
