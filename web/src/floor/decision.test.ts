import { describe, expect, it } from 'vitest'
import { decisionIn } from './decision'

const PREDICTIVE =
  '12 ring, 3 free: 4.2 answers and 1.5 more agents expected; one more would risk 1.2% of 2.9%' +
  ' (the last quarter of an hour can bear no more); no more, lest too many in a row find nobody'

describe('a decision in words', () => {
  it('is the service’s own sentence in English', () => {
    expect(decisionIn('en', PREDICTIVE)).toBe(PREDICTIVE)
  })

  it.each([
    ['nobody is logged in: nothing is dialled', '无人上线：不拨号'],
    ['3 free x 1.8 = 5 wanted, 2 pending', '空闲 3 × 1.8 = 需要 5 路，在途 2'],
    [
      'abandonment 3.4% is over 3.0%: progressive until it recovers; 2 free, 1 pending: one call per free agent',
      '弃呼率 3.4% 超过 3.0%：恢复之前按渐进方式；空闲 2，在途 1：每名空闲坐席拨一路',
    ],
    [
      PREDICTIVE,
      '振铃 12，空闲 3：预计接听 4.2 个、再空出坐席 1.5 名；再多拨一路的风险为 1.2%（允许 2.9%）' +
        '（最近一刻钟不能再承受弃呼）；不再多拨，以免接连无人可接',
    ],
  ])('says in Chinese: %s', (english, chinese) => {
    expect(decisionIn('zh', english)).toBe(chinese)
  })

  it('keeps what it does not know', () => {
    expect(decisionIn('zh', 'the clock was stepped: progressive; 1 free, 0 pending: one call per free agent')).toBe(
      'the clock was stepped：按渐进方式；空闲 1，在途 0：每名空闲坐席拨一路',
    )
  })
})
