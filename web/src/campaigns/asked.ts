/** The campaigns as the service lists them: asked for after each snapshot, and when the stream tells of another status. */

import { useEffect } from 'react'
import { api } from '../api/client'
import type { Campaign, ListedCampaign } from '../api/payloads'
import { useStore } from '../api/store'
import { news } from '../api/stream'
import { useList } from '../users/useList'

/** Changes when the stream begins anew, and when a campaign that it tells of has another status. */
function standOf(snapshots: number, told: ReadonlyMap<string, Campaign>): string {
  return [snapshots, ...[...told.values()].map((one) => `${one.campaign_id} ${one.status}`)].join()
}

export function useCampaigns(): { list: ListedCampaign[]; busy: boolean; again: () => Promise<void> } {
  const stand = useStore(news, (all) => standOf(all.snapshots, all.campaigns))
  const asked = useList(api.campaigns)
  const { again } = asked
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is asked again because the stand is another
  useEffect(() => {
    if (news.get().snapshots > 0) void again()
  }, [stand, again])
  return asked
}

/** Those that could be resumed and are in no topic, by name: what no card on the floor shows. */
export function atRest(asked: readonly ListedCampaign[], told: ReadonlyMap<string, Campaign>): ListedCampaign[] {
  return asked
    .filter((one) => one.status === 'PAUSED' && !told.has(String(one.campaign_id)))
    .sort((a, b) => a.name.localeCompare(b.name))
}
