/** Files of audio, as sox measures them. */
import { execFileSync } from 'node:child_process'
import { tonesIn, type Tone } from './tones.ts'

interface Measured {
  readonly channels: number
  readonly ms: number
  /** Times since the beginning. */
  readonly left: readonly Tone[]
  readonly right: readonly Tone[]
}

export function measured(file: string): Measured {
  const tones = (channel: number) => {
    const raw = execFileSync('sox', [
      file,
      ...['-t', 'raw', '-e', 'float', '-b', '32', '-r', '8000', '-'],
      'remix',
      `${channel}`,
    ])
    const samples = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength))
    return tonesIn({ startMs: 0, samples }, 0)
  }
  const said = (what: string) => Number(execFileSync('soxi', [what, file]).toString())
  return { channels: said('-c'), ms: 1000 * said('-D'), left: tones(1), right: tones(2) }
}

export const frequenciesIn = (tones: readonly Tone[]): number[] => [
  ...new Set(tones.map(({ freqHz }) => freqHz)),
]
