/** Draws each agent's mean score by week. Loaded by itself, for it brings a chart library. */

import { theme } from 'antd'
import { BarChart } from 'echarts/charts'
import { GridComponent, LegendComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import { useText } from '../look/look'
import type { Result } from './types'

use([BarChart, GridComponent, LegendComponent, CanvasRenderer])

export default function ResultsChart({ results }: { results: readonly Result[] }) {
  const { t } = useText()
  const { token } = theme.useToken()
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (box.current === null) return
    const chart = init(box.current)
    const observer = new ResizeObserver(() => chart.resize())
    observer.observe(box.current)
    const weeks = [...new Set(results.map((one) => one.week))].sort()
    const agents = [...new Set(results.map((one) => one.agent_id))].sort()
    const quiet = { axisLabel: { color: token.colorTextSecondary } }
    chart.setOption({
      animation: false,
      grid: { left: 44, right: 16, top: 36, bottom: 24 },
      legend: { type: 'scroll', top: 0, textStyle: { color: token.colorText } },
      xAxis: { type: 'category', data: weeks, ...quiet },
      yAxis: {
        type: 'value',
        min: 0,
        max: 100,
        ...quiet,
        splitLine: { lineStyle: { color: token.colorBorderSecondary } },
      },
      series: agents.map((agent) => ({
        name: agent,
        type: 'bar',
        barMaxWidth: 40,
        data: weeks.map((week) => results.find((one) => one.agent_id === agent && one.week === week)?.mean ?? null),
      })),
    })
    return () => {
      observer.disconnect()
      chart.dispose()
    }
  }, [results, token])
  return (
    <figure className="rp-box rp-chart-box">
      <h3>{t('results.chart')}</h3>
      <div ref={box} className="rp-chart" role="img" aria-label={t('results.chart')} />
    </figure>
  )
}
