/** How loud a sound is, from 0 to 1 on a scale as ears hear it: for the bars that show both directions. */

const QUIETEST_DB = -60

export interface Level {
  /** How loud it is now. */
  read: () => number
  close: () => void
}

/** The level of samples between -1 and 1. Pure. */
export function loudness(samples: ArrayLike<number>): number {
  let sum = 0
  for (let index = 0; index < samples.length; index += 1) sum += (samples[index] ?? 0) ** 2
  if (sum === 0) return 0
  const db = 10 * Math.log10(sum / samples.length)
  return Math.min(1, Math.max(0, 1 - db / QUIETEST_DB))
}

/** Measures a stream for as long as it lives. */
export function levelOf(context: AudioContext, stream: MediaStream): Level {
  const source = context.createMediaStreamSource(stream)
  const analyser = context.createAnalyser()
  analyser.fftSize = 1024
  source.connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  return {
    read: () => {
      analyser.getFloatTimeDomainData(samples)
      return loudness(samples)
    },
    close: () => source.disconnect(),
  }
}
