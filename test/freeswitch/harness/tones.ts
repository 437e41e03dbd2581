import type { Recording } from './audio.ts'
import { SAMPLES_PER_MS } from './audio.ts'

/** A single tone that was heard. */
export interface Tone {
  readonly freqHz: number
  /** Since the moment that was asked for. */
  readonly fromMs: number
  readonly ms: number
}

const WINDOW_MS = 40
const STEP_MS = 20
const FREQUENCIES = Array.from({ length: 69 }, (_, i) => 300 + 25 * i)
/** A tone is what has most of the window's energy; speech does not. */
const SHARE = 0.7
const QUIET = 1e-5
/** A tone that stops for less than this stutters; it is not another tone. */
const STUTTER_MS = 160

/** Finds the tones in a recording, to 25 Hz and 20 ms; `originMs` is Unix time. Shorter ones than 60 ms do not count. */
export function tonesIn(recording: Recording | undefined, originMs: number): Tone[] {
  if (recording === undefined) return []
  const tones: { freqHz: number; fromMs: number; ms: number }[] = []
  const step = STEP_MS * SAMPLES_PER_MS
  const size = WINDOW_MS * SAMPLES_PER_MS
  for (let at = 0; at + size <= recording.samples.length; at += step) {
    const freqHz = toneOf(recording.samples.subarray(at, at + size))
    if (freqHz === undefined) continue
    const fromMs = recording.startMs + at / SAMPLES_PER_MS - originMs
    const last = tones.at(-1)
    const goesOn =
      last !== undefined &&
      Math.abs(last.freqHz - freqHz) <= 25 &&
      fromMs - (last.fromMs + last.ms) < STUTTER_MS
    if (goesOn) last.ms = fromMs + STEP_MS - last.fromMs
    else tones.push({ freqHz, fromMs, ms: STEP_MS })
  }
  return tones
    .filter(({ ms }) => ms >= 60)
    .map(({ freqHz, fromMs, ms }) => ({ freqHz, fromMs: Math.round(fromMs), ms: Math.round(ms) }))
}

function toneOf(window: Float32Array): number | undefined {
  const energy = window.reduce((sum, sample) => sum + sample * sample, 0) / window.length
  if (energy < QUIET) return undefined
  let best = { freqHz: 0, power: 0 }
  for (const freqHz of FREQUENCIES) {
    const power = goertzel(window, freqHz)
    if (power > best.power) best = { freqHz, power }
  }
  return best.power / energy > SHARE ? best.freqHz : undefined
}

/** Mean power of one frequency; that of a pure tone is the window's whole energy. */
function goertzel(window: Float32Array, freqHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * freqHz) / (SAMPLES_PER_MS * 1000))
  let last = 0
  let before = 0
  for (const sample of window) {
    const next = sample + coefficient * last - before
    before = last
    last = next
  }
  return (2 * (last * last + before * before - coefficient * last * before)) / window.length ** 2
}
