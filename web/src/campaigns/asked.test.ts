import { describe, expect, it } from 'vitest'
import { NO_NEWS, reduce } from '../api/news'
import type { CampaignStatus, ListedCampaign } from '../api/payloads'
import { atRest } from './asked'

const listed = (campaign_id: number, name: string, status: CampaignStatus): ListedCampaign => ({
  campaign_id,
  name,
  status,
  mode: 'PROGRESSIVE',
  ratio: 1.5,
})

describe('campaigns at rest', () => {
  it('are those that are paused and of which no topic tells', () => {
    const told = reduce(NO_NEWS, [
      {
        kind: 'snapshot',
        topics: { 'campaigns/1': listed(1, 'card', 'PAUSED'), 'campaigns/12': listed(12, 'b', 'RUNNING') },
      },
    ])
    const asked = [
      listed(1, 'card', 'PAUSED'),
      listed(2, 'winter', 'PAUSED'),
      listed(3, 'over', 'STOPPED'),
      listed(4, 'elsewhere', 'RUNNING'),
      listed(5, 'autumn', 'PAUSED'),
    ]
    expect(atRest(asked, told.campaigns).map((one) => one.name)).toEqual(['autumn', 'winter'])
  })
})
