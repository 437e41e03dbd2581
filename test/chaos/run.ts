/**
 * `npm run chaos [NAME…] [--seconds N] [--rate N] [--every N] [--calls N] [--callers N] [--moments N] [--kills N]
 * [--only WORD]… [--direct]`: shows on a real FreeSWITCH, and some of it on the simulator, that no call is lost. Prints a table for
 * each program. Exits with 1 where a promise was broken, with 2 for wrong usage, and with 3 where there is no FreeSWITCH, or something
 * else that it takes. `machines` are those of `machines/faults.ts`; `--direct` is one of these without HAProxy.
 */
import { parseArgs } from 'node:util'
import { findFreeSwitch } from '../freeswitch/harness/tools.ts'
import { faults, type FaultName } from './machines/faults.ts'
import { onMachines, whyNoMachines } from './machines/start.ts'
import { crash } from './programs/crash.ts'
import { down } from './programs/down.ts'
import { events } from './programs/events.ts'
import { eventsDisk } from './programs/events-disk.ts'
import { hold } from './programs/hold.ts'
import { kill, roll } from './programs/kill.ts'
import { neighbours, neighboursOnSimulator } from './programs/neighbours.ts'
import { publish } from './programs/publish.ts'
import { soak } from './programs/soak.ts'
import { stall } from './programs/stall.ts'
import { steps } from './programs/steps.ts'
import { webhooks } from './programs/webhooks.ts'
import { isKept, print, type Verdict } from './verdict.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string' },
    rate: { type: 'string' },
    every: { type: 'string' },
    calls: { type: 'string' },
    callers: { type: 'string' },
    rounds: { type: 'string' },
    moments: { type: 'string' },
    kills: { type: 'string' },
    only: { type: 'string', multiple: true },
    direct: { type: 'boolean' },
  },
})
const option = (name: Exclude<keyof typeof values, 'direct'>, usual: number) => Number(values[name] ?? usual)
const seconds = option('seconds', 180)
const perSecond = option('rate', 10)
const load = { seconds, perSecond, everySeconds: option('every', 5) }
const holding = { callers: option('callers', 950), perSecond: option('rate', 20) }
const besideSeconds = option('seconds', 130)
const beside = {
  ...{ seconds: besideSeconds, perSecond, everySeconds: option('every', 15) },
  ...(values.only !== undefined && { only: values.only }),
  aloneSeconds: Math.min(120, Math.ceil(besideSeconds / 2)),
}
const afar = {
  seconds: option('seconds', 300),
  perSecond: option('rate', 30),
  direct: values.direct ?? false,
}
/** On machines of their own. */
const machines = Object.keys(faults) as FaultName[]

const programs: Readonly<Record<string, () => Promise<Verdict>>> = {
  kill: () => kill(load),
  roll: () => roll(load),
  stall: () => stall({ ...load, everySeconds: option('every', 8) }),
  steps: () => steps({ only: values.only ?? [] }),
  webhooks: () =>
    webhooks({ seconds: option('seconds', 30), perSecond: option('rate', 20), rounds: option('rounds', 3) }),
  soak: () => soak({ calls: option('calls', 20_000) }),
  events: () =>
    events({ calls: option('calls', 10_000), kills: option('kills', 20), callers: option('callers', 60) }),
  'events-disk': () =>
    eventsDisk({ calls: option('calls', 300), rounds: option('rounds', 3), callers: option('callers', 20) }),
  neighbours: () => neighbours({ ...beside, callers: option('callers', 40) }),
  'neighbours-simulator': () => neighboursOnSimulator({ ...beside, callers: option('callers', 60) }),
  publish: () => publish({ moments: option('moments', 50), documents: 300 }),
  down: () => down({ calls: option('calls', 20) }),
  'hold-queue': () => hold({ place: 'queue', ...holding }),
  'hold-voicemail': () => hold({ place: 'voicemail', ...holding }),
  crash: () => crash({ calls: option('calls', 40) }),
  ...Object.fromEntries(machines.map((name) => [name, () => onMachines(name, afar)])),
}

const asked = positionals.flatMap((name) => (name === 'machines' ? machines : [name]))
const unknown = asked.filter((name) => !Object.hasOwn(programs, name))
if (unknown.length > 0) {
  console.error(
    `no such program: ${unknown.join(', ')}; there are ${Object.keys(programs).join(', ')}, and machines for the last ${machines.length}`,
  )
  process.exit(2)
}
/** It mounts a file system. */
const forRoot = ['events-disk']
const isRoot = process.getuid?.() === 0
const isOfMachines = (name: string) => machines.some((one) => one === name)
const noMachines = whyNoMachines(process.env)
const usual = Object.keys(programs).filter(
  (name) => (isRoot || !forRoot.includes(name)) && (noMachines === undefined || !isOfMachines(name)),
)
const names = asked.length > 0 ? asked : usual
if (noMachines !== undefined && names.some(isOfMachines)) {
  console.error(`chaos was not run: ${noMachines}`)
  process.exit(3)
}
/** These need no FreeSWITCH. */
const onSimulator = ['soak', 'neighbours-simulator', 'publish', 'events', 'events-disk']
if (names.some((name) => !onSimulator.includes(name)) && findFreeSwitch(process.env) === undefined) {
  console.error('chaos was not run: no FreeSWITCH; set FREESWITCH_BIN to the program')
  process.exit(3)
}
for (const name of names) {
  const verdict = await programs[name]!()
  console.log(`\n${print(verdict)}`)
  if (!isKept(verdict)) process.exitCode = 1
}
