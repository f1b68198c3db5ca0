/** Draws the last minutes: answers, abandonment, occupancy. Loaded by itself, for it brings a chart library. */

import { theme } from 'antd'
import { LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent } from 'echarts/components'
import { type ECharts, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useMemo, useRef } from 'react'
import { useStore } from '../api/store'
import { useText } from '../look/look'
import { percent } from '../text/format'
import { answersPerMinute, history } from './history'

use([LineChart, GridComponent, LegendComponent, CanvasRenderer])

export default function Chart() {
  const { t, language } = useText()
  const { token } = theme.useToken()
  const samples = useStore(history, (all) => all)
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<ECharts>(null)
  const perMinute = useMemo(() => answersPerMinute(samples), [samples])

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

  useEffect(() => {
    const quiet = {
      axisLabel: { color: token.colorTextSecondary },
      axisLine: { lineStyle: { color: token.colorBorder } },
    }
    const split = { splitLine: { lineStyle: { color: token.colorBorderSecondary } } }
    const series = (name: string, yAxisIndex: number, values: (number | null)[], colour: string) => ({
      name,
      type: 'line' as const,
      yAxisIndex,
      showSymbol: false,
      lineStyle: { width: 1.5, color: colour },
      itemStyle: { color: colour },
      data: samples.map((sample, index) => [sample.at_s * 1000, values[index] ?? null]),
    })
    const inPercent = (share: number | null) => (share === null ? null : share * 100)
    const option = {
      animation: false,
      grid: { left: 44, right: 48, top: 36, bottom: 24 },
      legend: { top: 0, icon: 'roundRect', itemHeight: 4, textStyle: { color: token.colorText } },
      xAxis: { type: 'time', ...quiet, splitLine: { show: false } },
      yAxis: [
        {
          type: 'value',
          min: 0,
          max: ({ max }: { max: number }) => Math.max(5, Math.ceil(max)),
          minInterval: 1,
          ...quiet,
          ...split,
        },
        {
          type: 'value',
          min: 0,
          max: 100,
          ...quiet,
          splitLine: { show: false },
          axisLabel: { color: token.colorTextSecondary, formatter: '{value}%' },
        },
      ],
      series: [
        series(t('chart.answers'), 0, perMinute, token.colorPrimary),
        series(
          t('chart.abandonment'),
          1,
          samples.map((sample) => inPercent(sample.abandonment)),
          token.colorError,
        ),
        series(
          t('chart.occupancy'),
          1,
          samples.map((sample) => inPercent(sample.occupancy)),
          token.colorSuccess,
        ),
      ],
    }
    chart.current?.setOption(option, { notMerge: true })
  }, [samples, perMinute, t, token])

  const last = samples.at(-1)
  const answers = perMinute.at(-1)
  const now = t('chart.now', {
    answers:
      answers === null || answers === undefined ? '–' : answers.toLocaleString(language, { maximumFractionDigits: 1 }),
    abandonment: percent(last?.abandonment),
    occupancy: percent(last?.occupancy, 0),
  })
  return (
    <figure className="rp-box rp-chart-box">
      <h3>{t('chart.title')}</h3>
      <div ref={box} className="rp-chart" role="img" aria-label={now} />
      <figcaption className="rp-quiet">{samples.length < 2 ? t('chart.gathering') : now}</figcaption>
    </figure>
  )
}
