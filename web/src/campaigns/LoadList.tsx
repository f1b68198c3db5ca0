/** Loads a list from a file that is chosen or dropped: shows how far the sending is, then what became of the rows. */

import { InboxOutlined } from '@ant-design/icons'
import { Alert, Button, Form, Input, Modal, Progress, Upload } from 'antd'
import { useEffect, useRef, useState } from 'react'
import type { ImportReport, ListedCampaign } from '../api/payloads'
import { useTell, useText, wordsOf } from '../look/look'
import { Report } from './Report'
import { faultOf, sendList } from './upload'

interface Props {
  campaign: ListedCampaign
  /** Rows are taken in: also where the rest was refused. */
  onTaken: () => void
  onClose: () => void
}

export function LoadList({ campaign, onTaken, onClose }: Props) {
  const { t } = useText()
  const tell = useTell()
  const [file, setFile] = useState<File>()
  const [name, setName] = useState('')
  /** From 0 to 1 while it is on its way. */
  const [sent, setSent] = useState<number>()
  const [report, setReport] = useState<ImportReport>()
  const [problem, setProblem] = useState<unknown>()
  const giving = useRef<AbortController>(null)
  const gone = useRef(false)
  useEffect(() => {
    gone.current = false
    return () => {
      gone.current = true
    }
  }, [])
  const fault = file && faultOf(file)

  const load = async () => {
    if (file === undefined || fault !== undefined || sent !== undefined) return
    giving.current = new AbortController()
    setProblem(undefined)
    setSent(0)
    try {
      const { signal } = giving.current
      const made = await sendList({ campaignId: campaign.campaign_id, file, name, onSent: setSent, signal })
      setReport(made)
      // Whoever did not wait for the report is told in a line.
      if (gone.current) tell.right(t('lists.report', { accepted: made.accepted, total: made.total }))
    } catch (error) {
      setProblem(error)
      if (gone.current && !giving.current.signal.aborted) tell.wrong(error)
    } finally {
      setSent(undefined)
      onTaken()
    }
  }
  const close = () => {
    // What is sent wholly is taken in, whether anybody waits for it or not.
    if (sent !== undefined && sent < 1) giving.current?.abort()
    onClose()
  }
  const action =
    report === undefined ? (
      <Button
        key="load"
        type="primary"
        loading={sent !== undefined}
        disabled={file === undefined || fault !== undefined}
        onClick={load}
      >
        {t('lists.load')}
      </Button>
    ) : null
  return (
    <Modal
      open
      width={760}
      title={t('lists.load.title', { name: campaign.name })}
      mask={{ closable: false }}
      onCancel={close}
      footer={[
        <Button key="close" onClick={close}>
          {t(report === undefined ? 'app.cancel' : 'app.close')}
        </Button>,
        action,
      ]}
    >
      {report === undefined ? (
        <div className="rp-stack">
          <Upload.Dragger
            accept=".csv,.txt,.xlsx,.xls"
            maxCount={1}
            showUploadList={false}
            disabled={sent !== undefined}
            beforeUpload={(chosen) => {
              setFile(chosen)
              setProblem(undefined)
              return false // it is sent when the button is pressed
            }}
          >
            <p>
              <InboxOutlined /> {file === undefined ? t('lists.file') : file.name}
            </p>
            <p className="rp-quiet">{t('lists.file.says')}</p>
          </Upload.Dragger>
          {fault !== undefined && <Alert type="error" showIcon title={t(fault)} />}
          <Form layout="vertical" onFinish={load}>
            <Form.Item label={t('lists.name')} htmlFor="list-name">
              <Input
                id="list-name"
                value={name}
                maxLength={200}
                disabled={sent !== undefined}
                onChange={(event) => setName(event.target.value)}
              />
            </Form.Item>
          </Form>
          {sent !== undefined && (
            <div role="status">
              <Progress percent={Math.floor(sent * 100)} status="active" />
              {t(sent < 1 ? 'lists.sending' : 'lists.reading')}
            </div>
          )}
          {problem !== undefined && <Alert type="error" showIcon title={wordsOf(problem, t)} />}
        </div>
      ) : (
        <Report report={report} />
      )}
    </Modal>
  )
}
