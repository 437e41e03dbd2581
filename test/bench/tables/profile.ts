/** Where the time of a loaded controller goes, by V8's sampling profiler. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { load, type Bench } from '../load.ts'
import { number, type Table } from '../report.ts'
import { startBelplan } from '../subjects.ts'

/** The part of a .cpuprofile that is read. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const CALLS = 24_000
const LINES = 25

/** `keepIn`: where the profile is left, for a viewer. */
export async function profileTable(bench: Bench, keepIn: string): Promise<Table> {
  const nodeArgs = ['--cpu-prof', '--cpu-prof-interval=250', `--cpu-prof-dir=${keepIn}`]
  const controller = await startBelplan({
    folder: bench.folder,
    hookPort: bench.hook.port,
    core: 0,
    nodeArgs,
  })
  await load(bench, controller, { pace: { inFlight: 100 }, warmUp: CALLS / 4, calls: CALLS })
  await controller.stop()
  const file = readdirSync(keepIn).find((name) => name.endsWith('.cpuprofile'))
  if (file === undefined) throw new Error('the controller left no profile')
  const profile = JSON.parse(readFileSync(join(keepIn, file), 'utf8')) as Profile
  const [byFunction, busy] = selfTimes(profile)
  const rows = byFunction
    .slice(0, LINES)
    .map(([name, us]) => [name, `${number((us / busy) * 100)} %`, number(us / CALLS)])
  return {
    title: 'A loaded controller, by function',
    head: ['', 'of its time', 'µs/call'],
    rows,
    figures: [],
    notes: [`The first third, in which code is compiled, is left out. All of it: ${join(keepIn, file)}`],
  }
}

function selfTimes({ nodes, samples, timeDeltas }: Profile): [[string, number][], number] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  let busy = 0
  for (let i = Math.floor(samples.length / 3); i < samples.length; i++) {
    const name = names.get(samples[i]!)!
    if (name.startsWith('(idle)')) continue
    busy += timeDeltas[i]!
    times.set(name, (times.get(name) ?? 0) + timeDeltas[i]!)
  }
  return [[...times].sort(([, a], [, b]) => b - a), busy]
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName
  return url === '' ? name : `${name} ${basename(url)}:${lineNumber + 1}`
}
