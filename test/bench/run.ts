/**
 * `npm run bench`: how fast the controller is, beside others that do the same on this machine in this run.
 *
 *   --freeswitch   also on a real FreeSWITCH, beside the same flow in Lua (some minutes)
 *   --json         keeps the figures in docs/benchmarks/
 *   --only NAME    one table: calls, decision, memory, lookup, reload, rollback, freeswitch; and those that run only so:
 *                  documents, found, profile, ship, stream, syscalls
 *   --quick        shorter, for a first look
 *   --ci           under 20 s: fails when a ratio against esl in the same run is not held
 *
 * Exits with 1 when --ci finds a ratio that is not held, with 2 for wrong usage, with 3 when --freeswitch finds none.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkRatios } from './ci.ts'
import { freeswitchTable, missingForFreeswitch } from './freeswitch/table.ts'
import { keep } from './history.ts'
import { openBench, type Bench } from './load.ts'
import { describeMachine, versionOf } from './machine.ts'
import { printTable, type Table } from './report.ts'
import { callsFoundTable } from './tables/calls-found.ts'
import { decisionTable } from './tables/decision.ts'
import { documentsTable } from './tables/documents.ts'
import { lookupTable } from './tables/lookup.ts'
import { memoryTable } from './tables/memory.ts'
import { profileTable } from './tables/profile.ts'
import { recordsShippedTable } from './tables/records-shipped.ts'
import { reloadTable } from './tables/reload.ts'
import { rollbackTable } from './tables/rollback.ts'
import { streamTable } from './tables/stream.ts'
import { syscallsTable } from './tables/syscalls.ts'
import { runRounds, tableOf } from './tables/throughput.ts'

const { values: options } = parseArgs({
  options: {
    freeswitch: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    ci: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
  },
})
const { quick } = options

/** Each table by its name. */
const tables: Readonly<Record<string, (bench: Bench) => Promise<Table> | Table>> = {
  calls: async (bench) =>
    tableOf(
      await runRounds(bench, {
        rounds: quick ? 1 : 3,
        calls: quick ? 8000 : 20_000,
        peers: ['esl', 'modesl', 'floor'],
      }),
    ),
  decision: (bench) => decisionTable(bench, quick ? 5 : 20),
  memory: (bench) =>
    memoryTable(bench, quick ? { held: 2000, letGo: 2000 } : { held: 10_000, letGo: 10_000 }),
  lookup: () => lookupTable(),
  reload: (bench) => reloadTable(bench, quick ? 8 : 20),
  rollback: (bench) => rollbackTable(bench, quick ? 8 : 20),
  freeswitch: (bench) => freeswitchTable(bench, quick),
  documents: (bench) => documentsTable(bench, quick ? 50 : 500),
  found: (bench) => callsFoundTable(bench, quick ? 100_000 : 1_000_000, quick ? 8 : 30),
  profile: (bench) => profileTable(bench, mkdtempSync(join(tmpdir(), 'belplan-profile-'))),
  ship: (bench) =>
    recordsShippedTable(
      bench,
      quick ? { seconds: 10, outageSeconds: 60 } : { seconds: 120, outageSeconds: 600 },
    ),
  stream: (bench) =>
    streamTable(
      bench,
      quick ? { rounds: 4, seconds: 5, slowSeconds: 20 } : { rounds: 8, seconds: 10, slowSeconds: 60 },
    ),
  syscalls: (bench) => syscallsTable(bench),
}

async function main(): Promise<number> {
  const usual = [
    'calls',
    'decision',
    'memory',
    'lookup',
    'reload',
    'rollback',
    ...(options.freeswitch ? ['freeswitch'] : []),
  ]
  const names = options.only ?? usual
  const unknown = names.find((name) => tables[name] === undefined)
  if (unknown !== undefined) {
    console.error(`bench: no table is named ${unknown}; there is ${Object.keys(tables).join(', ')}`)
    return 2
  }
  const missing = names.includes('freeswitch') ? missingForFreeswitch() : undefined
  if (missing !== undefined) {
    console.error(`bench --freeswitch was not run: ${missing}`)
    return 3
  }
  const machine = describeMachine()
  const version = versionOf('belplan')
  const peers = Object.entries(machine.peers).map(([name, of]) => `${name} ${of}`)
  console.log(`belplan ${version}, Node.js ${machine.node}, ${peers.join(', ')}`)
  console.log(`${machine.cores} × ${machine.cpu}, ${machine.system}, load ${machine.load.toFixed(2)}`)
  const folder = mkdtempSync(join(tmpdir(), 'belplan-bench-'))
  const bench = await openBench(folder)
  try {
    if (options.ci) return await checkRatios(bench)
    const done: Table[] = []
    for (const name of names) {
      const table = await tables[name]!(bench)
      printTable(table)
      done.push(table)
    }
    if (options.json) console.log(`\nkept in ${keep(version, machine, done)}`)
    return 0
  } finally {
    await bench.hook.program.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

process.exitCode = await main()
