/** Draws a report: bars by group, and the funnel. Loaded by itself, for it brings a chart library. */

import { theme } from 'antd'
import { BarChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { type ECharts, type EChartsCoreOption, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useMemo, useRef } from 'react'
import type { Came, Report } from '../api/reports'
import { useText } from '../look/look'
import { count, percent } from '../text/format'

use([BarChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

const STEPS = ['placed', 'answered', 'bridged', 'long_talks', 'agreed'] as const satisfies readonly (keyof Came)[]
const MOST_BARS = 40

export default function Charts({ report }: { report: Report }) {
  const { t, language } = useText()
  const { token } = theme.useToken()
  const { lines, total } = report
  const bars = useMemo<EChartsCoreOption>(() => {
    const shown = lines.slice(0, MOST_BARS)
    const quiet = {
      axisLabel: { color: token.colorTextSecondary, hideOverlap: true },
      axisLine: { lineStyle: { color: token.colorBorder } },
    }
    const series = (key: 'bridged' | 'agreed', colour: string) => ({
      name: t(`reports.${key}`),
      type: 'bar' as const,
      barMaxWidth: 28,
      itemStyle: { color: colour },
      data: shown.map((line) => line[key]),
    })
    return {
      animation: false,
      grid: { left: 48, right: 12, top: 36, bottom: 28 },
      legend: { top: 0, textStyle: { color: token.colorText } },
      tooltip: { trigger: 'axis', renderMode: 'richText' },
      xAxis: { type: 'category', data: shown.map((line) => line.name || t('reports.nobody')), ...quiet },
      yAxis: {
        type: 'value',
        minInterval: 1,
        ...quiet,
        splitLine: { lineStyle: { color: token.colorBorderSecondary } },
      },
      series: [series('bridged', token.colorPrimary), series('agreed', token.colorSuccess)],
    }
  }, [lines, t, token])
  const funnel = useMemo<EChartsCoreOption>(() => {
    // Bars of one beginning, not a funnel's slopes: a slope shows more than there is on one side and less on the other.
    const label = (index: number, value: number) =>
      `${count(value, language)}${index > 0 && total.placed > 0 ? ` (${percent(value / total.placed)})` : ''}`
    return {
      animation: false,
      grid: { left: 110, right: 110, top: 4, bottom: 4 },
      xAxis: { type: 'value', show: false, min: 0, max: Math.max(1, total.placed) },
      yAxis: {
        type: 'category',
        inverse: true,
        data: STEPS.map((step) => t(`reports.${step}`)),
        axisTick: { show: false },
        axisLine: { show: false },
        axisLabel: { color: token.colorText },
      },
      series: [
        {
          type: 'bar',
          barWidth: '70%',
          itemStyle: { color: token.colorPrimary },
          label: { show: true, position: 'right', color: token.colorText },
          data: STEPS.map((step, index) => ({
            value: total[step],
            label: { formatter: label(index, total[step]) },
          })),
        },
      ],
    }
  }, [total, t, token, language])
  const said = t('reports.funnel.says', {
    placed: total.placed,
    answered: total.answered,
    bridged: total.bridged,
    long_talks: total.long_talks,
    agreed: total.agreed,
  })
  return (
    <div className="rp-report-charts">
      <Drawn title={t('reports.chart')} label={t('reports.chart')} option={bars} />
      <Drawn title={t('reports.funnel')} label={said} option={funnel} />
    </div>
  )
}

function Drawn({ title, label, option }: { title: string; label: string; option: EChartsCoreOption }) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<ECharts>(null)
  useEffect(() => {
    if (box.current === null) return
    const made = init(box.current)
    chart.current = made
    const observer = new ResizeObserver(() => made.resize())
    observer.observe(box.current)
    return () => {
      observer.disconnect()
      made.dispose()
      chart.current = null
    }
  }, [])
  useEffect(() => chart.current?.setOption(option, { notMerge: true }), [option])
  return (
    <figure className="rp-box">
      <h3>{title}</h3>
      <div ref={box} className="rp-chart" role="img" aria-label={label} />
    </figure>
  )
}
