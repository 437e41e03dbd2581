/** A trial is the call: random calls come to the same in a trial and on a real FreeSWITCH. */
import { expect } from 'vitest'
import type { StepRecord } from '../../src/plan/index.ts'
import { inTurn, never, says, type Reply } from './harness/hooks.ts'
import { prompts } from './harness/plan-set.ts'
import { startTestBed } from './harness/scenario.ts'
import { header, party, type SipMessage } from './harness/sip.ts'
import type { Telephone } from './harness/telephone.ts'
import {
  DID,
  NEVER_SECONDS,
  TELEPHONES,
  triedCalls,
  urlOf,
  type Served,
  type Telephoned,
  type Tried,
} from './trial-calls.ts'

const COUNT = 30
/** Any other finds other calls: BELPLAN_SEED. */
const SEED = Number(process.env['BELPLAN_SEED'] ?? 20_261_125)
const REFUSALS = { busy: 486, rejected: 603, unavailable: 480, failed: 488 } as const

const testBed = await startTestBed()
const { scenario } = testBed
const all = await triedCalls(COUNT, SEED)

for (const [at, tried] of all.entries()) {
  const { made, report, caller } = tried
  const types = report.steps.map(({ type, outcome }) => `${type} ${outcome}`).join(', ')
  scenario(`${at} of seed ${SEED}: ${types}; ${report.ending}`, () => {
    const telephones = TELEPHONES.map(() => testBed.telephone())
    const lost = testBed.hook(says('thanks'))
    /** With the numbers that there are. */
    const numbered = <T>(value: T): T =>
      JSON.parse(
        TELEPHONES.reduce(
          (text, number, i) => text.replaceAll(number, telephones[i]!.number),
          JSON.stringify(value),
        ),
      ) as T
    const hooks = Object.entries(numbered(made.servers)).map(
      ([name, served]) => [name, testBed.hook(replyOf(served))] as const,
    )
    /** And with their URLs. */
    function placed<T>(value: T): T {
      const servers = [['lost', lost] as const, ...hooks]
      const text = JSON.stringify(numbered(value))
      return JSON.parse(
        servers.reduce((text, [name, { url }]) => text.replaceAll(urlOf(name), url), text),
      ) as T
    }
    const did = testBed.line(placed(made.line))
    return async () => {
      await Promise.all(telephones.map((telephone, i) => behaves(telephone, made.telephones[i]!)))
      const { callerid: number, callername: name, withheld } = made.call
      const call = await testBed.call({
        ...{ did, number, ...caller },
        ...(name !== '' && { name }),
        ...(withheld && { headers: ['Privacy: id'] }),
      })
      const record = await testBed.record(did, 20_000)
      const whole = JSON.stringify({ ...report, steps: report.steps.map(withoutTimes) })
      const expected = placed(JSON.parse(whole.replaceAll(DID, did)) as typeof report)
      expect(record.steps.map(withoutTimes), call.story).toEqual(expected.steps)
      expect(record.ending).toBe(report.ending)
      const { recordedMs } = report
      expect(record.recording !== undefined).toBe(recordedMs !== undefined)
      if (recordedMs !== undefined) expect(Math.abs(record.recording!.ms! - recordedMs)).toBeLessThan(400)
      // After a transfer FreeSWITCH may answer before it lets the controller go, or behind that.
      if (report.ending !== 'transferred') {
        expect(record.answered).toBe(report.answered)
        expect(record.cause).toBe(report.cause)
        expect(call.status, call.story).toBe(report.sip)
      }
      for (const { number, invites } of telephones) {
        const shown = expected.rings.flatMap((ring) =>
          ring.shown.filter(({ destination }) => destination === number),
        )
        expect((await invites()).map(seen)).toEqual(
          shown.map(({ number, name, withheld }) => ({
            number,
            ...(name !== undefined && { name }),
            withheld,
          })),
        )
      }
      if (report.ending !== 'callerHungUp') expect(heard(call.tones), call.story).toEqual(toldTo(tried))
      const isMissed = report.asks.some(({ kind }) => kind === 'missed')
      if (isMissed) await lost.received(1)
      expect(lost.requests).toHaveLength(isMissed ? 1 : 0)
    }
  })
}

function replyOf(served: Served): Reply {
  if (served === 'down') return never
  const [first, ...rest] = served.map(({ afterSeconds, http = 200, body, ...fields }): Reply => {
    if (afterSeconds === NEVER_SECONDS) return never
    if (body !== undefined) return says(body, { status: http })
    return says(JSON.stringify(fields), { status: http, type: 'application/json' })
  })
  return inTurn(first!, ...rest)
}

function behaves(telephone: Telephone, how: Telephoned): Promise<void> {
  if (how === 'noAnswer') return telephone.rings()
  if (typeof how === 'string') return telephone.refuses(REFUSALS[how])
  const keys = how.confirms ? [{ afterMs: 0, digits: '1' }] : []
  return telephone.answers({ ringMs: 1000 * how.afterSeconds, talkMs: 1000 * how.talkSeconds, keys })
}

/** Nor the name of a recording, which has the time in it. */
function withoutTimes({
  ms: _,
  eachMs: __,
  atMs: ___,
  branch: ____,
  recording,
  ...kept
}: StepRecord): object {
  return { ...kept, isRecorded: recording !== undefined }
}

function seen(invite: SipMessage): object {
  const { name = '', user = '' } = party(header(invite, 'from')) ?? {}
  const withheld = /\bid\b/.test(header(invite, 'privacy') ?? '')
  const isNamed = name !== user && name !== '' && !(withheld && name === 'Anonymous')
  return { number: user, ...(isNamed && { name }), withheld }
}

/** The prompts, one after the other; one twice in a row is heard as one. */
function heard(tones: readonly { readonly freqHz: number }[]): number[] {
  const known = Object.values(prompts) as number[]
  return once(tones.flatMap(({ freqHz }) => (known.includes(freqHz) ? freqHz : [])))
}

function toldTo({ report }: Tried): number[] {
  const tones = new Map<string, number>(Object.entries(prompts))
  return once(report.hears.flatMap(({ audio = '' }) => tones.get(audio) ?? []))
}

const once = (tones: readonly number[]) => tones.filter((tone, i) => tone !== tones[i - 1])
