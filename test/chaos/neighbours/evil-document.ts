/** The largest document that validates: every part as often as it may be there, and as many bytes as a file may have. */
import { MOST_LEVELS } from '../../../src/json/read-json.ts'
import {
  MOST_AUDIO,
  MOST_BYTES,
  MOST_CHOICES,
  MOST_CHOICES_IN_ALL,
  MOST_HEADER_BYTES,
  MOST_HEADERS,
  MOST_NUMBERS,
  MOST_PLACEHOLDERS,
  MOST_PLANS,
  MOST_STEPS,
  MOST_WEBHOOKS,
} from '../../../src/plan/caps.ts'
import { behaviours, evilDid, LOOP, loopNumbers } from './behaviours.ts'

/** Names of each kind. */
const MOST_NAMED = Math.min(MOST_PLANS, MOST_WEBHOOKS, MOST_AUDIO)

/** A call executes no more than 100 steps. */
const QUESTIONS = 99
/** Webhooks of a behaviour, each with two origins of its own: no behaviour opens another one's breakers. */
const ORIGINS = 30
/** A step and the list that it is in; the first list is that of a plan of the document. */
const DEEPEST = (MOST_LEVELS - 4) / 2

interface Evil {
  readonly audio: Record<string, string>
  readonly webhooks: Record<string, Record<string, unknown>>
  readonly plans: Record<string, { numbers: string[]; steps: readonly object[] }>
}

/** The text of the file; `port` is where evil's server listens. */
export function largestDocument(port: number): string {
  const document: Evil = { audio: {}, webhooks: {}, plans: {} }
  document.audio.short = 'tone_stream://%(200,0,600)'
  document.audio.long = 'tone_stream://%(20000,0,600)'
  while (Object.keys(document.audio).length < MOST_NAMED)
    document.audio[`tone-${Object.keys(document.audio).length}`] = 'tone_stream://%(200,0,700)'
  for (const index of behaviours.keys()) addPlan(document, index, port)
  document.plans[planName(LOOP)]!.numbers.push(...loopNumbers)
  addMenus(document)
  fillPlans(document)
  fillWebhooks(document, port)
  return fillBytes(document)
}

/** Of a behaviour. */
export const planName = (name: string) => `plan-${name.replaceAll(/[^\w]+/g, '-')}`

function addPlan({ webhooks, plans }: Evil, index: number, port: number): void {
  const { name, answer, webhook, host, first = [], success = [], nested, steps } = behaviours[index]!
  const key = (question: number) => `hook-${index}-${question % ORIGINS}`
  const values = Array.from({ length: MOST_PLACEHOLDERS - 1 }, (_, i) => `&${i}={callername}`).join('')
  for (let i = 0; answer !== undefined && i < ORIGINS; i++) {
    const url = (at: string) => `http://${at}:${port}/${index}/${i}?caller={callerid}${values}`
    webhooks[key(i)] = {
      urlTemplate: url(host?.(i) ?? `127.${10 + index}.1.${1 + i}`),
      fallbackUrlTemplate: url(host?.(ORIGINS + i) ?? `127.${10 + index}.2.${1 + i}`),
      ...{ timeoutSeconds: 10, retries: 3, waitAudio: 'long', ...webhook },
    }
  }
  const question = (i: number, below: readonly object[]) => ({
    ...{ type: 'webhook', webhook: key(i), success: below },
  })
  const asking = () => Array.from({ length: QUESTIONS - first.length }, (_, i) => question(i, success))
  const below = () =>
    Array.from({ length: DEEPEST }).reduce<object[]>((steps, _, i) => [question(i, steps)], [])
  plans[planName(name)] = {
    numbers: [evilDid(index)],
    steps: steps ?? (nested ? below() : [...first, ...asking()]),
  }
}

/** Menus with as many choices as there may be; those of the first one lead somewhere. */
function addMenus({ plans }: Evil): void {
  const branch = [{ type: 'goto', plan: planName(LOOP) }]
  for (let menu = 0; menu * MOST_CHOICES < MOST_CHOICES_IN_ALL; menu++) {
    const choices = Array.from({ length: MOST_CHOICES }, (_, i): [string, object[]] => [
      ...([String(1000 + i), menu === 0 ? branch : []] as const),
    ])
    plans[`menu-${menu}`] = {
      numbers: [],
      steps: [{ type: 'ivr', startMessage: 'short', choices: Object.fromEntries(choices) }],
    }
  }
}

/** Plans, steps and numbers up to their limits, the numbers in one plan. */
function fillPlans({ plans }: Evil): void {
  const left = (most: number, have: number) => Math.max(0, most - have)
  const more = left(MOST_NAMED, Object.keys(plans).length)
  const steps = left(
    MOST_STEPS,
    Object.values(plans).reduce((sum, one) => sum + countSteps(one.steps), 0),
  )
  for (let i = 0; i < more; i++) {
    const own = Math.floor((steps * (i + 1)) / more) - Math.floor((steps * i) / more)
    plans[`filler-${i}`] = {
      numbers: [],
      steps: Array.from({ length: own }, () => ({ type: 'play', audio: `tone-${2 + i}` })),
    }
  }
  const { numbers } = plans['filler-0']!
  const used = Object.values(plans).reduce((sum, one) => sum + one.numbers.length, 0)
  for (let i = used; i < MOST_NUMBERS; i++) numbers.push(`+315024${String(i).padStart(5, '0')}`)
}

/** Steps of a list and of all below them. */
function countSteps(steps: readonly object[]): number {
  let count = 0
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if ('type' in value) count++
    Object.values(value).forEach(look)
  }
  look(steps)
  return count
}

function fillWebhooks({ webhooks }: Evil, port: number): void {
  for (let i = Object.keys(webhooks).length; i < MOST_NAMED; i++)
    webhooks[`filler-${i}`] = { urlTemplate: `http://127.0.4.1:${port}/filler/${i}` }
}

/** Headers of webhooks, in turn of the behaviours, until the file is full. */
function fillBytes(document: Evil): string {
  const value = 'v'.repeat(MOST_HEADER_BYTES / MOST_HEADERS - 'X-Evil-00'.length - 8)
  const headers = Object.fromEntries(
    Array.from({ length: MOST_HEADERS }, (_, i) => [`X-Evil-${String(i).padStart(2, '0')}`, value]),
  )
  let left = MOST_BYTES - JSON.stringify(document).length
  const each = JSON.stringify({ headers }).length
  const hooks = Object.entries(document.webhooks)
  const inTurn = hooks.toSorted(([a], [b]) => Number(a.split('-')[2]) - Number(b.split('-')[2]))
  for (const [, hook] of inTurn) {
    if (left < each) break
    hook.headers = headers
    left -= each
  }
  return JSON.stringify(document)
}
