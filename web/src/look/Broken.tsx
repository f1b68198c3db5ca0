/** Catches what a page throws, so that the frame around it, and the way out, stay. */

import { Button, Result } from 'antd'
import { Component, type ReactNode } from 'react'
import { useText } from './look'

/** Give it the page's name as key: another page is another try. */
export class Broken extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined }

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error: error ?? new Error() }
  }

  override render(): ReactNode {
    return this.state.error === undefined ? this.props.children : <Sorry error={this.state.error} />
  }
}

function Sorry({ error }: { error: unknown }) {
  const { t } = useText()
  return (
    <Result
      status="warning"
      title={t('app.broken')}
      subTitle={error instanceof Error ? error.message : String(error)}
      extra={<Button onClick={() => window.location.reload()}>{t('app.reload')}</Button>}
    />
  )
}
