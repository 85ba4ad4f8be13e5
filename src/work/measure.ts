import type { Meter } from '../telemetry/index.ts'

const RUN_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1_800, 3_600]
const ENDS = ['succeeded', 'failed', 'threw'] as const

/** Told how long a run took, and how it ended: `threw` where it may be tried again. */
export type MeasureRun = (name: string, end: (typeof ENDS)[number], seconds: number) => void

export function measureRuns(kind: 'operation' | 'task', names: Iterable<string>, meter: Meter): MeasureRun {
  const name = `signalbox.${kind}.run.duration`
  const about = { name, unit: 's', description: `Runs of ${kind}s that ended, by how they did.` }
  const series = meter.histogram(about, RUN_SECONDS)
  const known = new Map(
    [...names].flatMap(type =>
      ENDS.map(end => {
        const attributes = { [`signalbox.${kind}.type`]: type, [`signalbox.${kind}.state`]: end }
        return [`${type} ${end}`, series(attributes)] as const
      }),
    ),
  )
  return (type, end, seconds) => known.get(`${type} ${end}`)?.record(seconds)
}
