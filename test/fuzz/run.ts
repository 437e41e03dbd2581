/**
 * `npm run fuzz [-- --seed N] [--share F] [WORD]`: a million inputs and more, where `npm test` tries some
 * thousands. `--share 0.1` tries a tenth of them; a word picks the targets whose names hold it. Exits with 1
 * when anything did not hold: a crash, an input that took over 100 ms, a promise that nobody waited for, or
 * memory that grew.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { fuzz } from './target.ts'
import { targets } from './targets.ts'

/** What caches, compiled code and the like may add between the first quarter of the inputs and the last. */
const GROWTH_BYTES = 16 * 1024 * 1024

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string' }, share: { type: 'string', default: '1' } },
  allowPositionals: true,
})
const seed = Number(values.seed ?? randomInt(2 ** 31))
const wanted = targets.filter(({ name }) => positionals.every((word) => name.includes(word)))

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const heldBytes = () => {
  collect()
  return process.memoryUsage().heapUsed
}

const stray: unknown[] = []
process.on('unhandledRejection', (reason) => stray.push(reason))
process.on('uncaughtException', (error) => stray.push(error))

console.log(`seed ${seed}`)
let all = 0
for (const target of wanted) {
  const began = performance.now()
  const held: number[] = []
  try {
    const planned = Math.ceil(target.many * Number(values.share))
    const { inputs, slowestMs } = await fuzz(target, planned, seed, () => held.push(heldBytes()))
    all += inputs
    const grown = held.at(-1)! - held[0]!
    const seconds = Math.round((performance.now() - began) / 1000)
    console.log(
      `${target.name}: ${inputs} inputs in ${seconds} s, slowest ${slowestMs.toFixed(1)} ms, memory ${(grown / 1024 / 1024).toFixed(1)} MiB`,
    )
    if (grown > GROWTH_BYTES) throw new Error(`memory grew by ${grown} bytes`)
    if (stray.length > 0) throw new Error('an error that nobody waited for', { cause: stray[0] })
  } catch (error) {
    console.error(`${target.name}:`, error)
    process.exitCode = 1
    stray.length = 0
  }
}
console.log(`${all} inputs`)
