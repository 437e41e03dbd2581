/** Short forms of `npm run chaos`: no call is lost, whatever becomes of the controllers and the customers' servers. */
import { expect, test } from 'vitest'
import { onMachines, whyNoMachines } from '../chaos/machines/start.ts'
import { crash } from '../chaos/programs/crash.ts'
import { down } from '../chaos/programs/down.ts'
import { kill, roll } from '../chaos/programs/kill.ts'
import { neighbours } from '../chaos/programs/neighbours.ts'
import { stall } from '../chaos/programs/stall.ts'
import { steps } from '../chaos/programs/steps.ts'
import { webhooks } from '../chaos/programs/webhooks.ts'
import { isKept, print, type Verdict } from '../chaos/verdict.ts'

const load = { seconds: 9, perSecond: 5, everySeconds: 4 }

const programs: readonly (readonly [name: string, run: () => Promise<Verdict>])[] = [
  ['kill -9 of one controller after the other', () => kill(load)],
  ['a rolling restart', () => roll(load)],
  ['a controller that is stopped', () => stall({ ...load, everySeconds: 3 })],
  [
    'kill -9 at the begin, the middle and the end of a step',
    () => steps({ only: ['bridge', 'webhook with'] }),
  ],
  ['no controller at all', () => down({ calls: 4 })],
  ['a FreeSWITCH that crashes', () => crash({ calls: 12 })],
  // A handful of calls says little of the slowest: the long run has the strict limit.
  ['broken webhook servers', () => webhooks({ seconds: 4, perSecond: 10, rounds: 1, slower: 3 })],
  [
    'an honest customer beside a hostile one',
    () => neighbours({ ...load, aloneSeconds: 4, seconds: 27, callers: 20, timed: false }),
  ],
]

const noMachines = whyNoMachines(process.env)
if (noMachines !== undefined) console.log(`machines that vanish were not tried: ${noMachines}`)

test.runIf(noMachines === undefined)(
  'several-machines no call is lost where a controller’s machine vanishes',
  { timeout: 400_000 },
  async () => {
    // Each is cut off for longer than a controller that is not heard of is waited for.
    const verdict = await onMachines('machine-cut', {
      ...{ seconds: 90, perSecond: 3 },
      ...{ direct: false, timed: false },
    })
    expect(isKept(verdict), print(verdict)).toBe(true)
  },
)

test.for(programs)('operations no call is lost: %s', { timeout: 120_000 }, async ([, run]) => {
  const verdict = await run()
  expect(isKept(verdict), print(verdict)).toBe(true)
})
