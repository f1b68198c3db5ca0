/** The scorecards: every version, and the text of a new one. */

import { App, Button, Input, Table, Tag } from 'antd'
import { useState } from 'react'
import { useTell, useText, wordsOf } from '../look/look'
import { useList } from '../users/useList'
import { asking } from './asking'
import { questionsOf } from './score'
import type { Scorecard } from './types'

const written = (
  name: string,
  opening: string,
  greets: string,
  tone: string,
  law: string,
  honest: string,
) => `name: ${name}
groups:
  - name: ${opening}
    questions:
      - id: greets
        text: ${greets}
        weight: 1
      - id: tone
        text: ${tone}
        points: 5
        weight: 2
  - name: ${law}
    questions:
      - id: honest
        text: ${honest}
        instant_fail: true
`
/** Something to begin with. */
const EXAMPLE = {
  zh: written('销售质检', '开场', '问候并说明来电方', '语气', '合规', '没有不实承诺'),
  en: written('Sales', 'Opening', 'Greets and says who is calling', 'Tone', 'Law', 'Promises nothing untrue'),
} as const

export function Scorecards({ writes }: { writes: boolean }) {
  const { t, language } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const { list, busy, again } = useList(asking.scorecards)
  const [content, setContent] = useState<string>(EXAMPLE[language])
  const [problem, setProblem] = useState<unknown>()
  const save = async () => {
    setProblem(undefined)
    try {
      const made = await asking.addScorecard(content)
      tell.right(t('cards.saved', { name: made.card.name, version: made.version }))
      await again()
    } catch (error) {
      setProblem(error)
    }
  }
  const retire = (one: Scorecard) =>
    modal.confirm({
      title: t('cards.retire.title', { name: one.card.name }),
      content: t('cards.retire.says'),
      okText: t('cards.retire'),
      cancelText: t('app.cancel'),
      onOk: () => asking.retireScorecard(one.scorecard_id).then(again).catch(tell.wrong),
    })
  return (
    <div className="rp-stack">
      <Table<Scorecard>
        rowKey="scorecard_id"
        size="small"
        dataSource={list}
        loading={busy}
        pagination={false}
        locale={{ emptyText: busy ? ' ' : t('score.noCard') }}
        columns={[
          { title: t('cards.name'), render: (_, one) => one.card.name },
          { title: t('cards.version'), dataIndex: 'version', align: 'right' },
          { title: t('cards.questions'), align: 'right', render: (_, one) => questionsOf(one.card).length },
          {
            title: t('cards.state'),
            render: (_, one) =>
              one.retired_at === null ? <Tag color="success">{t('cards.inUse')}</Tag> : <Tag>{t('cards.retired')}</Tag>,
          },
          {
            title: t('users.actions'),
            render: (_, one) =>
              writes && (
                <span className="rp-actions">
                  <Button size="small" onClick={() => setContent(JSON.stringify(one.card, null, 2))}>
                    {t('cards.edit')}
                  </Button>
                  {one.retired_at === null && (
                    <Button size="small" danger onClick={() => retire(one)}>
                      {t('cards.retire')}
                    </Button>
                  )}
                </span>
              ),
          },
        ]}
      />
      {writes && (
        <section className="rp-stack rp-box">
          <h2>{t('cards.add')}</h2>
          <p className="rp-quiet">{t('cards.says')}</p>
          {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children */}
          <label className="rp-field">
            <span>{t('cards.content')}</span>
            <Input.TextArea
              className="rq-text"
              rows={18}
              spellCheck={false}
              value={content}
              onChange={(event) => setContent(event.target.value)}
            />
          </label>
          {problem !== undefined && (
            <p role="alert" className="rp-urgent">
              {wordsOf(problem, t)}
            </p>
          )}
          <div className="rp-actions">
            <Button type="primary" onClick={() => void save()}>
              {t('cards.save')}
            </Button>
          </div>
        </section>
      )}
    </div>
  )
}
