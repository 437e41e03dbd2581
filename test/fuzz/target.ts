/** One thing that takes input from outside, and what must hold for whatever it is given. */
import fc from 'fast-check'

export interface Target<Input = unknown> {
  readonly name: string
  /** Inputs in `npm test`: some tenths of a second. */
  readonly few: number
  /** Inputs in the long run. */
  readonly many: number
  readonly inputs: fc.Arbitrary<Input>
  /** Without waits of its own, so that an input that takes long is a fault. */
  readonly pure: boolean
  /** Prepares what inputs are tried on. */
  open(): Trial<Input> | Promise<Trial<Input>>
}

export interface Trial<Input> {
  /** Throws or rejects where something does not hold. */
  attempt(input: Input): void | Promise<void>
  close?(): void | Promise<void>
}

/** Keeps the type of the inputs to the target itself. */
export function target<Input>(of: Target<Input>): Target {
  return of
}

export interface Fuzzed {
  readonly inputs: number
  readonly slowestMs: number
}

/** No input may hold the event loop for longer. */
const LONGEST_MS = 100

/**
 * Tries `inputs` inputs; `step` is called after every quarter of them. Throws with the smallest input that
 * does not pass, and with the seed that finds it again.
 */
export async function fuzz(
  { name, inputs: arbitrary, pure, open }: Target,
  inputs: number,
  seed: number,
  step: () => void = () => undefined,
): Promise<Fuzzed> {
  const trial = await open()
  let tried = 0
  let slowestMs = 0

  async function timed(input: unknown): Promise<number> {
    const began = performance.now()
    await trial.attempt(input)
    return performance.now() - began
  }

  const property = fc.asyncProperty(arbitrary, async (input) => {
    let ms = await timed(input)
    // Others use the machine too: what is slow is slow again.
    for (let again = 0; pure && ms > LONGEST_MS && again < 3; again++) ms = Math.min(ms, await timed(input))
    if (pure && ms > LONGEST_MS) throw new Error(`${name}: took ${Math.round(ms)} ms`)
    slowestMs = Math.max(slowestMs, ms)
    if (++tried % Math.ceil(inputs / 4) === 0) step()
  })
  try {
    await fc.assert(property, { numRuns: inputs, seed })
  } finally {
    await trial.close?.()
  }
  return { inputs: tried, slowestMs }
}
