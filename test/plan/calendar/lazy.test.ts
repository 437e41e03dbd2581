/** What plans without schedules do not cost: neither library of the calendar is loaded before one is needed. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

const root = new URL('../../../', import.meta.url)

/** Which of the two libraries a process of its own loads that checks and tries `steps`. */
function loadedFor(steps: object[]): string[] {
  const program = `
    import { registerHooks } from 'node:module'
    const loaded = new Set()
    registerHooks({ resolve(name, context, next) {
      if (['temporal-polyfill', 'date-holidays'].includes(name)) loaded.add(name)
      return next(name, context)
    } })
    const { loadDraft, planSetOf } = await import('./src/plan/index.ts')
    const { createTrials, operatorOf } = await import('./src/trial/index.ts')
    await import('./src/controller/index.ts')
    const { loadConfig } = await import('./src/config/index.ts')
    const config = await loadConfig({ env: {}, cwd: '/' })
    const draft = await loadDraft('acme', 'acme.json', Buffer.from(${JSON.stringify(
      JSON.stringify({
        timezone: 'Europe/Amsterdam',
        plans: { main: { numbers: ['1'], steps: [...steps, { type: 'hangup' }] } },
      }),
    )}))
    const set = planSetOf(draft, undefined)
    const call = { did: '1', callerid: '2', callername: '', withheld: false, domain: 'a.example' }
    const given = { digits: [], webhooks: {}, destinations: {}, queues: {}, mailboxes: {}, audioSeconds: {} }
    const report = await createTrials({ ...operatorOf(config, set), version: '1' }).run({ call, given }, set)
    console.log(JSON.stringify([[...loaded], report.steps.length]))
  `
  const flags = ['--no-warnings', '--input-type=module', '-e', program]
  const [loaded, walked] = JSON.parse(
    execFileSync(process.execPath, flags, { cwd: root, encoding: 'utf8' }),
  ) as [string[], number]
  expect(walked).toBe(steps.length + 1)
  return loaded
}

const hours = [{ days: 'mon-fri', from: '09:00', to: '17:30' }]

test(
  'a plan without a schedule loads neither, a schedule the clock, holidays both',
  { timeout: 60_000 },
  () => {
    expect(loadedFor([])).toEqual([])
    expect(loadedFor([{ type: 'schedule', hours }])).toEqual(['temporal-polyfill'])
    const closedOn = [{ holidays: 'NL' }]
    expect(
      loadedFor([{ type: 'schedule', hours: [{ ...hours[0], days: 'mon-sun' }], closedOn }]).sort(),
    ).toEqual(['date-holidays', 'temporal-polyfill'])
  },
)
