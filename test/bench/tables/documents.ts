/** One document of a large set in a database: a start from the local copy, and a change, on each side of it. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createFormReader, createSetName } from '../../../src/plan/index.ts'
import { hashOfBody, type LocalCopy, openLocalCopy } from '../../../src/shared-plans/local-copy.ts'
import type { FromLiveSet, Memory, Timed, ToLiveSet } from '../live-set.ts'
import type { Bench } from '../load.ts'
import { contentOf, DOCUMENTS, MANY, nameOf, NUMBERS, textOf } from '../many-documents.ts'
import { startProgram } from '../program.ts'
import { number, type Table } from '../report.ts'
import { quantile } from '../stats.ts'

const AT_ONCE = 500
const OPTIONS = { defaultCountry: 'NL' } as const

function timed<T>(into: number[], work: () => T): T {
  const began = performance.now()
  const result = work()
  into.push(performance.now() - began)
  return result
}

/** The whole set, as a controller that was never here gets it. */
function fill(copy: LocalCopy): void {
  const reader = createFormReader(OPTIONS)
  const name = createSetName()
  const changes = []
  for (let from = 0; from < DOCUMENTS; from += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, i) => from + i)
    copy.keep(some.map((nth) => contentOf(nth, 0)))
    for (const nth of some) {
      const text = textOf(nth, 0)
      name.set(nameOf(nth), reader.read(nameOf(nth), text).hash)
      changes.push({ part: 'document', name: nameOf(nth), hash: hashOfBody(text) } as const)
    }
  }
  copy.append({ seq: 1, revision: name.revision(), atMs: Date.now(), what: 'push' }, changes, { whole: true })
}

export async function documentsTable({ folder }: Bench, changes: number): Promise<Table> {
  const data = join(folder, 'documents')
  const copy = openLocalCopy({ data, reader: createFormReader(OPTIONS) })
  const filled: number[] = []
  timed(filled, () => fill(copy))
  const prepared: number[] = []
  timed(prepared, () => {
    while (!copy.prepare());
  })
  const bytes = ['', '-wal'].reduce((sum, end) => {
    const file = join(data, `plans-1.db${end}`)
    return sum + (existsSync(file) ? statSync(file).size : 0)
  }, 0)
  const program = startProgram({
    args: ['--expose-gc', join(import.meta.dirname, '..', 'live-set.ts'), data],
    logFile: join(folder, 'live-set.log'),
    core: 0,
  })
  const told = <Kind extends FromLiveSet['kind']>(kind: Kind) =>
    program.next((message) => {
      const told = message as FromLiveSet
      return told.kind === kind ? (told as Extract<FromLiveSet, { kind: Kind }>) : undefined
    })
  const ask = (message: ToLiveSet) => program.send(message)
  try {
    const started = (await told('started')) as Timed
    if (started.numbers !== DOCUMENTS * NUMBERS) throw new Error(`it started with ${started.numbers} numbers`)
    const memory = async (): Promise<Memory> => {
      const answer = told('memory')
      ask({ memory: true })
      return answer
    }
    const before = await memory()
    const checked: number[] = []
    const copied: number[] = []
    const served: number[] = []
    const cpu: number[] = []
    const standstill: number[] = []
    for (let seq = 2; seq < changes + 2; seq++) {
      const nth = (seq * 7919) % DOCUMENTS
      const [name, body] = [nameOf(nth), textOf(nth, seq)]
      const findings = timed(checked, () => copy.conflicts(name, body))
      if (findings.length > 0) throw new Error(findings[0]!.message)
      const { removed, slices, revision } = timed(copied, () => {
        copy.keep([{ part: 'document', body }])
        const revision = copy.nameWith([{ name, body }])
        const hash = hashOfBody(body)
        copy.append({ seq, revision, atMs: Date.now(), what: 'put', parent: seq - 1 }, [
          { part: 'document', name, hash },
        ])
        const { removed, slices } = copy.difference(seq - 1, seq)
        return { removed: [...removed], slices: [...slices], revision }
      })
      const answer = told('changed')
      ask({ removed, slices, revision, did: `+31${880_000_000 + nth * NUMBERS}` })
      const { ms, cpuMs, standstillMs } = (await answer) as Timed
      cpu.push(cpuMs)
      served.push(ms)
      standstill.push(standstillMs)
    }
    const after = await memory()
    const row = (what: string, ms: readonly number[]) => [
      what,
      ...[0.5, 0.99, 1].map((q) => number(quantile(ms, q))),
    ]
    const mib = (bytes: number) => number(bytes / 1024 ** 2)
    return {
      title: `One document of ${MANY}`,
      head: ['ms', 'p50', 'p99', 'most'],
      rows: [
        row('its numbers looked for in all others', checked),
        row('kept in the local copy, with the name of the set', copied),
        row('the controller has the set with it', served),
        row('of its processor', cpu),
        row('for so long its event loop stood still', standstill),
        row('start from the local copy', [started.ms]),
        row('of its processor', [started.cpuMs]),
        row('for so long its event loop stood still then', [started.standstillMs]),
        row('all of it put into the local copy', filled),
        row('its numbers put into an index there', prepared),
      ],
      figures: [
        { name: 'start from disk', value: started.ms / 1000, unit: 's', target: { most: 5 } },
        {
          name: 'a change, from the local copy to the set that serves',
          value: (quantile(checked, 1) + quantile(copied, 1) + quantile(served, 1)) / 1000,
          unit: 's',
          target: { most: 0.5 },
        },
        { name: 'event loop of the controller held by a change', value: quantile(standstill, 0.99), unit: 'ms', target: { most: 10 } },
        { name: 'memory of the set', value: before.heapBytes / 1024 ** 2, unit: 'MiB heap' },
      ],
      notes: [
        `${changes} changes, each of another document. Memory with the set: ${mib(before.rssBytes)} MiB RSS, ${mib(before.heapBytes)} MiB of it heap; after the changes ${mib(after.heapBytes)} MiB. The local copy: ${mib(bytes)} MiB.`,
      ],
    } // prettier-ignore
  } finally {
    await program.stop()
    copy.close()
  }
}
