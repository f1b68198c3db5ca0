/** Writes one script: its text, what is wrong with it while one types, a walk through it, and its versions. */

import { Alert, App, Button, Select } from 'antd'
import { useEffect, useState } from 'react'
import { type CheckedScript, type MadeScript, type ScriptProblem, scriptsApi } from '../api/scripts'
import { useTell, useText, wordsOf } from '../look/look'
import type { Translate } from '../text/dictionary'
import { moment } from '../text/format'
import { Code, goToLine } from './Code'
import { nameIn, TEMPLATE, triedOn } from './editing'
import { Preview } from './Preview'

interface EditorProps {
  /** Null for a new script. */
  name: string | null
  onSaved: (name: string) => void
  onClose: () => void
}

const WAIT_MS = 400

export function Editor({ name, onSaved, onClose }: EditorProps) {
  const { t, language } = useText()
  const tell = useTell()
  const { modal } = App.useApp()
  const [text, setText] = useState(name === null ? TEMPLATE : '')
  const [kept, setKept] = useState(name === null ? TEMPLATE : '')
  const [versions, setVersions] = useState<MadeScript[]>([])
  const [shown, setShown] = useState<number>()
  const [busy, setBusy] = useState(false)
  const [customer, setCustomer] = useState('')
  const [attributes, setAttributes] = useState('')
  const { checked, failed } = useCheck(text, customer, attributes)
  const changed = text !== kept

  const load = async (version?: number) => {
    if (name === null) return
    try {
      const found = await scriptsApi.get(name, version)
      setText(found.text)
      setKept(found.text)
      setVersions(found.versions)
      setShown(found.version)
    } catch (error) {
      tell.wrong(error)
    }
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each script that is opened
  useEffect(() => void load(), [name])
  useEffect(() => {
    if (!changed) return
    const stay = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', stay)
    return () => window.removeEventListener('beforeunload', stay)
  }, [changed])

  const unlessChanged = (act: () => void) => {
    if (!changed) return act()
    modal.confirm({
      title: t('scripts.leave'),
      okText: t('scripts.leave.do'),
      cancelText: t('app.cancel'),
      onOk: act,
    })
  }
  const save = async () => {
    const called = name ?? nameIn(text)
    if (called === undefined) return
    setBusy(true)
    try {
      const made = await scriptsApi.save(called, text, versions[0]?.version ?? 0)
      tell.right(t('scripts.saved', { name: made.name, version: made.version }))
      setKept(text)
      if (name === null) onSaved(made.name)
      else await load()
    } catch (error) {
      tell.wrong(error)
    } finally {
      setBusy(false)
    }
  }
  const problems = checked?.problems ?? []
  return (
    <div className="rp-stack">
      <div className="rp-bar">
        <h1>{name ?? t('scripts.new')}</h1>
        <div className="rp-actions">
          <Button type="primary" loading={busy} disabled={checked === undefined || problems.length > 0} onClick={save}>
            {t('scripts.save')}
          </Button>
          <Button onClick={() => unlessChanged(onClose)}>{t('scripts.back')}</Button>
          {versions.length > 0 && (
            <Select
              aria-label={t('scripts.versions')}
              value={shown ?? null}
              onChange={(version: number) => unlessChanged(() => void load(version))}
              popupMatchSelectWidth={false}
              options={versions.map((one) => ({
                value: one.version,
                label: `${t('scripts.version')} ${one.version} · ${one.made_by} · ${moment(one.made_at, language)}`,
              }))}
            />
          )}
        </div>
        <span className="rp-quiet" role="status">
          {changed && t('scripts.unsaved')}
        </span>
      </div>
      <div className="rp-editor">
        <div className="rp-stack">
          <Code
            label={t('scripts.text')}
            text={text}
            wrong={problems.flatMap((one) => one.line ?? [])}
            onText={setText}
          />
          <div aria-live="polite">
            <Judgement problems={problems} known={checked !== undefined} failed={failed} t={t} />
          </div>
        </div>
        <Preview
          flow={checked?.flow ?? undefined}
          customer={customer}
          attributes={attributes}
          onCustomer={setCustomer}
          onAttributes={setAttributes}
        />
      </div>
    </div>
  )
}

function Judgement(said: { problems: readonly ScriptProblem[]; known: boolean; failed: unknown; t: Translate }) {
  const { problems, known, failed, t } = said
  if (failed !== undefined) return <Alert type="warning" showIcon title={wordsOf(failed, t)} />
  if (!known) return <p className="rp-quiet">{t('scripts.checking')}</p>
  if (problems.length === 0) return <Alert type="success" showIcon title={t('scripts.inOrder')} />
  return (
    <div className="rp-problems">
      <strong>{t('scripts.problems', { count: problems.length })}</strong>
      {problems.map((one) => (
        <button
          key={`${one.line} ${one.step} ${one.key} ${one.says}`}
          type="button"
          onClick={() => one.line !== null && goToLine(one.line)}
        >
          {[
            one.line === null ? undefined : t('scripts.line', { line: one.line }),
            one.step === null ? undefined : t('scripts.step', { step: one.step }),
            one.key || undefined,
            one.says,
          ]
            .filter((part) => part !== undefined)
            .join(' · ')}
        </button>
      ))}
    </div>
  )
}

/** What the service says of the text, asked for once nobody has typed for a moment; undefined while it is not known. */
function useCheck(text: string, customer: string, attributes: string) {
  const [answer, setAnswer] = useState<{ of: string; checked?: CheckedScript; failed?: unknown }>({ of: '' })
  const asked = JSON.stringify([text, customer, attributes])
  useEffect(() => {
    let gone = false
    const timer = setTimeout(() => {
      const [written, name, tried] = JSON.parse(asked) as [string, string, string]
      scriptsApi
        .check(written, name, triedOn(tried))
        .then((checked) => !gone && setAnswer({ of: asked, checked }))
        .catch((failed: unknown) => !gone && setAnswer({ of: asked, failed }))
    }, WAIT_MS)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [asked])
  return answer.of === asked ? answer : { checked: undefined, failed: undefined }
}
