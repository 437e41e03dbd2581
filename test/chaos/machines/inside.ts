/** `node inside.ts TASK`, on the machine `switch`: lets a fault happen, and sends the verdict to whoever started it. */
import { duringCalls, type DuringOptions } from './during-calls.ts'
import { type AllMachines, type FaultName, faults } from './faults.ts'

const { fault, options, machines } = JSON.parse(process.argv[2] ?? '') as {
  readonly fault: FaultName
  readonly options: DuringOptions
  readonly machines: AllMachines
}
// What runs on the machines ends with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const verdict = await duringCalls(faults[fault], machines, options)
process.send!(verdict, () => process.exit(0))
