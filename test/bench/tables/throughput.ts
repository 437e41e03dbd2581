/** Whole calls a second on one core, beside the peers: connect, webhook, name, bridge, let go. */
import { load, MOST_SHARE, type Bench, type Loaded } from '../load.ts'
import { number, type Figure, type Table } from '../report.ts'
import { median, quantile, spreadPercent } from '../stats.ts'
import { startBelplan, startPeer, type Peer, type Subject, type SubjectOptions } from '../subjects.ts'

/** Calls at one time: enough that the controller never waits. */
const IN_FLIGHT = 200
const CORE = 0

export interface ThroughputOptions {
  readonly rounds: number
  /** Of the controller; the peers get a part of it, since they take longer. */
  readonly calls: number
  readonly peers: readonly Peer[]
}

/** What one round said of one of them. */
export interface Round {
  readonly callsPerSecond: number
  readonly cpuMs: number
  readonly ownCpuMs: number
  readonly loaded: Loaded
}

export type Rounds = ReadonlyMap<string, readonly Round[]>

/** Interleaved: what disturbs one disturbs the others. */
export async function runRounds(bench: Bench, { rounds, calls, peers }: ThroughputOptions): Promise<Rounds> {
  const results = new Map<string, Round[]>()
  const options: SubjectOptions = { folder: bench.folder, hookPort: bench.hook.port, core: CORE }
  for (let round = 0; round < rounds; round++) {
    for (const name of ['belplan', ...peers] as const) {
      const subject: Subject =
        name === 'belplan' ? await startBelplan(options) : await startPeer(name, options)
      try {
        const share = name === 'belplan' ? 1 : 0.3
        const measured = Math.round(calls * share)
        const pace = { inFlight: IN_FLIGHT }
        const loaded = await load(bench, subject, { pace, warmUp: Math.round(measured / 2), calls: measured })
        results.set(name, [...(results.get(name) ?? []), roundOf(loaded)])
      } finally {
        await subject.stop()
      }
    }
  }
  return results
}

function roundOf(loaded: Loaded): Round {
  const { good, wallMs, systemCpuMs, ownCpuMs } = loaded
  return {
    callsPerSecond: (good / wallMs) * 1000,
    cpuMs: (systemCpuMs ?? ownCpuMs) / good,
    ownCpuMs: ownCpuMs / good,
    loaded,
  }
}

/** What is wrong with a round, if anything: then it does not count. */
export function faultOf({ loaded }: Round): string | undefined {
  const { bad, generatorShare } = loaded
  const [how] = Object.entries(bad)
  if (how !== undefined) return `${how[1]} calls ended otherwise: ${how[0]}`
  if (generatorShare > MOST_SHARE)
    return `the load generator used ${number(generatorShare * 100)} % of its core`
  return undefined
}

export function tableOf(rounds: Rounds): Table {
  const of = (name: string, value: (round: Round) => number) => (rounds.get(name) ?? []).map(value)
  const cpu = (name: string) => median(of(name, (round) => round.cpuMs))
  const names = [...rounds.keys()]
  const faults = names.flatMap((name) =>
    rounds.get(name)!.flatMap((round) => {
      const fault = faultOf(round)
      return fault === undefined ? [] : [`A round of ${name} does not count: ${fault}.`]
    }),
  )
  const rows = names.map((name) => {
    const each = rounds.get(name)!
    const { loaded } = each.at(-1)!
    const perCall = (total: number) => number(total / loaded.good)
    return [
      name,
      number(median(of(name, (round) => round.callsPerSecond))),
      number(cpu(name)),
      number(median(of(name, (round) => round.ownCpuMs))),
      `± ${number(spreadPercent(of(name, (round) => round.cpuMs)))} %`,
      `${number(cpu(name) / cpu('belplan'))} ×`,
      perCall(loaded.bytes),
      perCall(loaded.commands),
      perCall(loaded.applications),
      `${number(
        quantile(
          each.map((round) => round.loaded.generatorShare),
          1,
        ) * 100,
      )} %`,
    ]
  })
  const figures: Figure[] = [
    {
      name: 'whole calls a second on one core',
      value: median(of('belplan', (round) => round.callsPerSecond)),
      unit: '/s',
      target: { least: 2500 },
    },
    { name: 'CPU per call', value: cpu('belplan'), unit: 'ms' },
    ...names
      .filter((name) => name === 'esl' || name === 'modesl')
      .map((name) => ({
        name: `CPU per call of ${name} against it`,
        value: cpu(name) / cpu('belplan'),
        unit: '×',
        target: { least: 6 },
      })),
  ]
  return {
    title: 'Whole calls on one core: connect, webhook, name, bridge, let go',
    head: ['', 'calls/s', 'CPU ms/call', 'by itself', 'spread', 'against it', 'bytes written', 'commands', 'ticks waited', 'generator'], // prettier-ignore
    rows,
    figures,
    notes: [
      ...faults,
      `Medians of ${rounds.get('belplan')!.length} interleaved rounds, ${IN_FLIGHT} calls at one time; CPU by the system's account and by process.cpuUsage.`,
    ],
  }
}
