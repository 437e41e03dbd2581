import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Recording } from './audio.ts'
import { SAMPLES_PER_MS } from './audio.ts'

const sounds = resolve(import.meta.dirname, '../../../freeswitch/sounds')
const FRAME = 20 * SAMPLES_PER_MS

/** Where a prompt was heard best, and how like it that was: 1 is the very same, speech of another prompt below 0.6. */
export interface Likeness {
  /** Since the moment that was asked for. */
  readonly fromMs: number
  readonly likeness: number
}

/** Looks for a prompt, such as `belplan/en/sorry.wav`, by the shape of its loudness; `originMs` is Unix time. */
export function findPrompt(recording: Recording | undefined, prompt: string, originMs: number): Likeness {
  if (recording === undefined) return { fromMs: 0, likeness: 0 }
  const wanted = loudness(readWav(resolve(sounds, prompt)))
  const heard = loudness(recording.samples)
  let best = { frame: 0, likeness: 0 }
  for (let frame = 0; frame + wanted.length <= heard.length; frame++) {
    const likeness = correlation(wanted, heard.subarray(frame, frame + wanted.length))
    if (likeness > best.likeness) best = { frame, likeness }
  }
  return { fromMs: Math.round(recording.startMs + best.frame * 20 - originMs), likeness: best.likeness }
}

/** Samples of a WAV file of 8 kHz, mono, 16 bit. */
function readWav(file: string): Float32Array {
  const bytes = readFileSync(file)
  if (bytes.readUInt32LE(24) !== 8000 || bytes.readUInt16LE(34) !== 16)
    throw new Error(`${file}: not 8 kHz, 16 bit`)
  const start = bytes.indexOf('data', 12, 'latin1') + 8
  return Float32Array.from(
    { length: (bytes.length - start) >> 1 },
    (_, i) => bytes.readInt16LE(start + 2 * i) / 32768,
  )
}

function loudness(samples: Float32Array): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / FRAME) }, (_, i) => {
    const frame = samples.subarray(i * FRAME, (i + 1) * FRAME)
    return Math.sqrt(frame.reduce((sum, sample) => sum + sample * sample, 0) / FRAME)
  })
}

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanA, meanB] = [mean(a), mean(b)]
  let [product, squareA, squareB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [deltaA, deltaB] = [a[i]! - meanA, b[i]! - meanB]
    product += deltaA * deltaB
    squareA += deltaA * deltaA
    squareB += deltaB * deltaB
  }
  return squareA === 0 || squareB === 0 ? 0 : product / Math.sqrt(squareA * squareB)
}
