/** No controller at all: everybody hears the announcement. Both back: the next call is served. */
import { setTimeout as delay } from 'node:timers/promises'
import { record } from '../../freeswitch/harness/audio.ts'
import { findPrompt } from '../../freeswitch/harness/prompts.ts'
import { openTestBed } from '../test-bed.ts'
import { callees, didOf, documentsOf, mix } from '../kinds.ts'
import type { CallerReport } from '../sip/caller.ts'
import { offer } from '../traffic.ts'
import { atMost, holds, isKept, none, type Verdict } from '../verdict.ts'

const ANNOUNCEMENT = 'belplan/en/sorry.wav'
const SAME = 0.9
/** Ten attempts, a fifth of a second apart, and a little for the switch. */
const ANNOUNCED_WITHIN_MS = 4000
const GAP_MS = 100

export async function down({ calls }: { readonly calls: number }): Promise<Verdict> {
  const kinds = mix.filter(({ name }) => name.startsWith('prompt'))
  const testBed = await openTestBed({ callees, documents: documentsOf(kinds) })
  let verdict: Verdict | undefined
  try {
    let serial = 0
    const place = () =>
      testBed.call({
        did: didOf(0),
        number: `+316${10_000_000 + serial++}`,
        name: 'Jane',
        mostMs: 30_000,
        keepAudio: true,
      })
    async function placeMany(): Promise<CallerReport[]> {
      const callers = []
      for (let i = 0; i < calls; i++) {
        callers.push(place())
        await delay(GAP_MS)
      }
      return Promise.all(callers.map(({ over }) => over))
    }
    // These are in the middle of a prompt when both controllers go.
    const held = placeMany()
    await delay(calls * GAP_MS)
    await Promise.all([testBed.a.end('SIGKILL'), testBed.b.end('SIGKILL')])
    const left = (await held).map(announced)
    const fresh = (await placeMany()).map(announced)
    await Promise.all([testBed.a.start(), testBed.b.start()])
    const served = await Promise.all([
      offer(testBed, kinds, 0, serial++).caller.over,
      offer(testBed, kinds, 0, serial++).caller.over,
    ])
    const leftAfterMs = await testBed.quiet(30_000)
    const heard = (all: readonly Announced[]) => all.filter(({ likeness }) => likeness > SAME).length
    const good = served.filter(({ status, endedBy }) => status === 200 && endedBy === 'switch').length
    verdict = {
      title: `both controllers down: ${2 * calls} calls`,
      rows: [
        holds(
          'calls held as they went: heard the announcement',
          heard(left),
          `all ${calls}`,
          heard(left) === calls,
        ),
        holds(
          'calls that came then: heard the announcement',
          heard(fresh),
          `all ${calls}`,
          heard(fresh) === calls,
        ),
        atMost('longest wait for it', Math.max(...fresh.map(({ afterMs }) => afterMs)), ANNOUNCED_WITHIN_MS),
        holds(
          'refused with 503 behind it',
          fresh.filter(({ status }) => status === 503).length,
          `all ${calls}`,
          fresh.every(({ status }) => status === 503),
        ),
        holds('both back: calls that are served', good, 'all 2', good === 2),
        none('channels left over', leftAfterMs === undefined ? await testBed.channels() : 0),
      ],
      faults: [],
    }
    return verdict
  } finally {
    await testBed.close(verdict === undefined || !isKept(verdict))
  }
}

interface Announced {
  readonly likeness: number
  /** From the INVITE. */
  readonly afterMs: number
  readonly status: number | undefined
}

function announced({ packets, invitedMs, status }: CallerReport): Announced {
  const { likeness, fromMs } = findPrompt(record(packets), ANNOUNCEMENT, invitedMs)
  return { likeness, afterMs: fromMs, status }
}
