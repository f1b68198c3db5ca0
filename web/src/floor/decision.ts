/** The pacing's reasons come from the service in English sentences; this tells them in Chinese, part by part. */

import type { Language } from '../text/language'

const CHINESE: readonly (readonly [RegExp, string])[] = [
  [/nobody is logged in: nothing is dialled/, '无人上线：不拨号'],
  [/(\d+) asked for by agents after seeing the lead/, '坐席看过客户后请求拨打 $1 个'],
  [/as many as the limits allow: nobody has to be free/, '在上限内尽量多拨：无需空闲坐席'],
  [/(\d+) free, (\d+) pending: one call per free agent/, '空闲 $1，在途 $2：每名空闲坐席拨一路'],
  [/abandonment ([\d.]+%) is over ([\d.]+%): progressive until it recovers/, '弃呼率 $1 超过 $2：恢复之前按渐进方式'],
  [/(\d+) free x ([\d.]+) = (\d+) wanted, (\d+) pending/, '空闲 $1 × $2 = 需要 $3 路，在途 $4'],
  [
    /(\d+) ring, (\d+) free: (-?[\d.]+) answers and (-?[\d.]+) more agents expected/,
    '振铃 $1，空闲 $2：预计接听 $3 个、再空出坐席 $4 名',
  ],
  [/one more would risk ([\d.]+%) of ([\d.]+%)/, '再多拨一路的风险为 $1（允许 $2）'],
  [/the last quarter of an hour can bear no more/, '最近一刻钟不能再承受弃呼'],
  [/no more, lest too many in a row find nobody/, '不再多拨，以免接连无人可接'],
  [/(\d+) withdrawn that have rung for long/, '撤回 $1 个久振的呼叫'],
  [/held to (\d+) by max_in_flight (\d+)/, '受在途上限 $2 所限，只拨 $1 路'],
  [/what was abandoned before is not read yet/, '此前的弃呼记录尚未读完'],
  [/nothing is learned yet/, '尚无可用的规律'],
  [/Asterisk has said nothing of (\d+) calls/, 'Asterisk 对 $1 个呼叫没有消息'],
  [/: progressive; /, '：按渐进方式；'],
]

/** The reason of a decision in this language; what is not known stays as the service said it. */
export function decisionIn(language: Language, reason: string): string {
  if (language === 'en') return reason
  const told = CHINESE.reduce((text, [english, chinese]) => text.replace(english, chinese), reason)
  return told
    .replaceAll('; ', '；')
    .replaceAll(' (', '（')
    .replace(/\)(?=；|$)/g, '）')
}
