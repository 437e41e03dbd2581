import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { until } from '../harness/until.ts'
import { belplan } from './belplan.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'belplan-test-'))))
afterEach(() => rm(folder, { recursive: true }))

const run = (...args: string[]) => belplan(['test', '.', ...args], { cwd: folder })
const did = '+31502100000'

const steps = [
  { type: 'webhook', webhook: 'crm', success: [{ type: 'callername', mode: 'webhook' }], failure: [] },
  {
    type: 'bridge',
    destination: ['215', '216'],
    ringSeconds: 20,
    on: { busy: [{ type: 'play', audio: 'busy' }] },
  },
]
const document = {
  ...{ audio: { busy: 'busy.wav' }, webhooks: { crm: { urlTemplate: 'https://crm.example/{callerid}' } } },
  plans: { main: { numbers: [did], steps }, night: { steps: [] } },
}
const known = {
  name: 'a known caller is shown by name, and the second telephone answers',
  call: { did, callerid: '+31612345678', at: '2026-12-24T18:00' },
  given: {
    webhooks: { crm: { status: 'ACK', callername: 'Jane Doe' } },
    destinations: { '215': 'busy', '216': { afterSeconds: 5 } },
  },
  expect: {
    ...{
      plan: 'main',
      asks: [{ crm: { callerid: '+31612345678', url: 'https://crm.example/%2B31612345678' } }],
    },
    ...{ rings: [['216', '215']], answeredBy: '216', shows: 'Jane Doe <+31612345678>', hears: [] },
    ...{ ends: 'talked', cause: 'NORMAL_CLEARING', sip: 200, longestSilenceSeconds: 5, waitSeconds: 5 },
  },
}
const busy = {
  name: 'nobody has time',
  call: { did },
  given: { destinations: { '215': 'busy', '216': 'busy' } },
  expect: { asks: ['crm'], hears: ['busy'], shows: { '215': '+31612345678' }, ends: 'endOfList' },
}

async function write(cases: readonly object[] | string, plan: object | string = document): Promise<void> {
  const text = (content: unknown) =>
    typeof content === 'string' ? content : JSON.stringify(content, undefined, 2)
  await writeFile(join(folder, 'acme.json'), text(plan))
  await writeFile(join(folder, 'acme.test.json'), text(typeof cases === 'string' ? cases : { cases }))
}

describe('command-line test', () => {
  test('cases that pass: 0', async () => {
    await write([known, busy])
    const { code, out, err } = await run()
    expect([code, err]).toEqual([0, ''])
    expect(out.replace(/\d+ ms|\d\.\d\d s/g, '#')).toBe(
      '✓ ./acme.test.json (2 cases) #\n\nCases  2 passed\nFiles  1\nTime   #',
    )
  })

  test('a case that comes upon a schedule says when it is, or it would pass at some times only', async () => {
    const hours = [{ days: 'mon-fri', from: '09:00', to: '17:30' }]
    const timed = { timezone: 'Europe/Amsterdam', plans: { main: { numbers: [did], steps: [{ type: 'schedule', hours, open: [{ type: 'hangup' }] }] } } }
    const one = { name: 'open', expect: { ends: 'hungUpByPlan' } }
    await write([{ ...one, call: { did } }, { ...one, name: 'at nine', call: { did, at: '2026-11-25T09:00' } }], timed)
    const { code, out } = await run()
    expect(code).toBe(1)
    expect(out).toMatch(/main\/0 goes by the clock: say when the call comes in/)
    expect(out).toMatch(/1 passed/)
  }) // prettier-ignore

  test('tests are no documents, and not part of the revision', async () => {
    await write([known])
    const revision = async () =>
      /revision (\w+)/.exec((await belplan(['validate', '.'], { cwd: folder })).out)?.[1]
    const before = await revision()
    await rm(join(folder, 'acme.test.json'))
    expect(await revision()).toBe(before)
    expect(before).toMatch(/^[0-9a-f]{12}$/)
  })

  test.each([
    [{ plan: 'night' }, 'plan', 'night', 'main', undefined],
    [{ asks: [] }, 'asks', 'nothing', 'crm', 'main/0 (webhook), 0.00 s'],
    [{ asks: ['crm', 'crm'] }, 'asks.1', 'crm', 'nothing after the first one', 'main/1 (bridge), 0.00 s'],
    [
      { asks: [{ crm: { callerid: '1' } }] },
      'asks.0.crm.callerid',
      '1',
      '+31612345678',
      'main/0 (webhook), 0.00 s',
    ],
    [
      { asks: [{ crm: { callername: 'Jane' } }] },
      'asks.0.crm.callername',
      'Jane',
      '""',
      'main/0 (webhook), 0.00 s',
    ],
    [
      { rings: ['215', '216'] },
      'rings.0',
      '215, then 216',
      '215 and 216 at the same time',
      'main/1 (bridge), 0.00 s',
    ],
    [{ answeredBy: '215' }, 'answeredBy', '215', '216', 'main/1 (bridge), 0.00 s'],
    [{ shows: 'Jane' }, 'shows', 'Jane', 'Jane Doe <+31612345678> on 215', 'main/1 (bridge), 0.00 s'],
    [{ shows: { '217': 'Jane' } }, 'shows.217', 'Jane', '217 does not ring', 'main/1 (bridge), 0.00 s'],
    [{ hears: ['busy'] }, 'hears.0', 'busy', 'nothing', 'main/1 (bridge), 0.00 s'],
    [{ ends: 'noPlan' }, 'ends', 'noPlan', 'talked', 'main/1 (bridge), 0.00 s'],
    [{ cause: 'USER_BUSY' }, 'cause', 'USER_BUSY', 'NORMAL_CLEARING', 'main/1 (bridge), 0.00 s'],
    [{ sip: 486 }, 'sip', '486', '200', 'main/1 (bridge), 0.00 s'],
    [{ transfersTo: '8000' }, 'transfersTo', '8000', 'nowhere', 'main/1 (bridge), 0.00 s'],
    [{ records: true }, 'records', 'true', 'false', 'main/1 (bridge), 0.00 s'],
    [{ waitSeconds: 4 }, 'waitSeconds', 'at most 4 s', '5 s', 'main/1 (bridge), 0.00 s'],
  ])(
    '%j is not so: expected beside got, the step, and the place in the file: 1',
    async (expectation, path, expected, got, step) => {
      await write([{ ...known, expect: expectation }])
      const { code, out } = await run()
      expect(code).toBe(1)
      const lines = out.split('\n').map((line) => line.trim())
      expect(lines[0]).toMatch(/^✗ \.\/acme\.test\.json \(1 case\)/)
      expect(lines.slice(1, step === undefined ? 5 : 6)).toEqual([
        known.name,
        path,
        `expected  ${expected}`,
        `got       ${got}`,
        ...(step === undefined ? [] : [`at        ${step}`]),
      ])
      const [, line, column] =
        /^\.\/acme\.test\.json:(\d+):(\d+)$/.exec(lines[step === undefined ? 5 : 6]!) ?? []
      const text = JSON.stringify({ cases: [{ ...known, expect: expectation }] }, undefined, 2).split('\n')
      // Where the value begins.
      expect(text[Number(line) - 1]!.slice(Number(column) - 1)).not.toBe('')
      expect(out).toContain('walked    main/0 ACK, main/0/success/0 set, main/1 answered')
      expect(out).toContain('Cases  1 failed, 0 passed')
    },
  )

  test('silence that is longer than it may be, and where it begins', async () => {
    const slow = { webhooks: { crm: { status: 'ACK', afterSeconds: 2.5 } } }
    await write([{ ...known, given: slow, expect: { longestSilenceSeconds: 2 } }])
    const { out } = await run()
    expect(out).toMatch(/expected {2}at most 2 s\n\s+got {7}2\.5 s\n\s+at {8}main\/0 \(webhook\), 0\.00 s/)
  })

  test('coverage: what no case walks, and a share that must be reached', async () => {
    await write([known])
    const steps = [{ type: 'hangup' }]
    const free = { plans: { main: { numbers: ['+31502100001'], steps } } }
    await writeFile(join(folder, 'free.json'), JSON.stringify(free))
    const some = await run('--coverage')
    expect(some.code).toBe(0)
    expect(some.out.split('\n').slice(-6)).toEqual([
      'Walked 50.0 % of steps and branches',
      '  never acme: main/0 failure (asks the webhook crm, on anything but ACK)',
      '  never acme: main/1 on/busy (rings 215 and 216 at the same time for 20 s, when',
      '    busy)',
      '  never acme: main/1/on/busy/0 (plays busy)',
      '  no tests free: none of its 1 step and branches is walked',
    ])
    expect(await run('--coverage', '51')).toMatchObject({ code: 1 })
    expect(await run('--coverage', '50')).toMatchObject({ code: 0 })
    await write([known, busy])
    expect(await run('--coverage', '100')).toMatchObject({ code: 1 })
    await rm(join(folder, 'free.json'))
    expect(await run('--coverage', '100')).toMatchObject({ code: 0 })
  })

  test('a filter by name', async () => {
    await write([known, { ...busy, expect: { ends: 'talked' } }])
    const { code, out } = await run('--filter', 'known caller')
    expect(code).toBe(0)
    expect(out).toContain('(1 case, 1 left out)')
  })

  test('files of which the filter leaves nothing are not listed, and a filter that leaves nothing at all is wrong use: 2', async () => {
    await write([known])
    await writeFile(join(folder, 'other.json'), JSON.stringify({ plans: { main: { steps: [] } } }))
    await writeFile(join(folder, 'other.test.json'), JSON.stringify({ cases: [busy] }))
    expect((await run('--filter', 'known caller')).out).not.toContain('other.test.json')
    const { code, err } = await run('--filter', 'unknown caller')
    expect([code, err]).toEqual([2, 'belplan: no case has "unknown caller" in its name'])
  })

  test.each([
    [
      { given: { webhooks: { crmm: 'down' } } },
      'crmm": "down"',
      'the document has no webhook "crmm"; did you mean "crm"?',
    ],
    [
      { given: { audioSeconds: { bussy: 2 } } },
      'bussy": 2',
      'the document has no audio "bussy"; did you mean "busy"?',
    ],
    [{ expect: { asks: ['crmm'] } }, 'crmm"', 'the document has no webhook "crmm"; did you mean "crm"?'],
    [
      { expect: { asks: [{ crmm: {} }] } },
      'crmm": {}',
      'the document has no webhook "crmm"; did you mean "crm"?',
    ],
    [{ expect: { hears: ['bussy'] } }, 'bussy"', 'the document has no audio "bussy"; did you mean "busy"?'],
    [{ expect: { plan: 'mian' } }, 'mian"', 'the document has no plan "mian"; did you mean "main"?'],
  ])('a name that the document does not have, %j: 1, and which it may be', async (other, at, message) => {
    await write([{ ...known, ...other }])
    const { code, out } = await run()
    expect(code).toBe(1)
    const [, name, said, place] = out.split('\n').map((line) => line.trim())
    expect([name, said]).toEqual([known.name, message])
    const [, line, column] = /^\.\/acme\.test\.json:(\d+):(\d+)$/.exec(place!) ?? []
    const text = JSON.stringify({ cases: [{ ...known, ...other }] }, undefined, 2).split('\n')
    expect(text[Number(line) - 1]!.slice(Number(column)).startsWith(at)).toBe(true)
  })

  test('a number without a plan says so, and where to look', async () => {
    // Also where nothing else is different.
    for (const expectation of [known.expect, { asks: [] }]) {
      await write([{ ...known, call: { did: '+31502100009' }, expect: expectation }])
      const { code, out } = await run()
      expect(code).toBe(1)
      expect(out).toContain(
        [
          '    +31502100009 leads to no plan; `belplan explain +31502100009 .` shows what',
          '      is near it; a case that wants no plan says "ends": "noPlan"',
          '      ./acme.test.json:6:16',
        ].join('\n'),
      )
    }
    const turned = { name: 'no plan', call: { did: '+31502100009' }, expect: { ends: 'noPlan', sip: 404 } }
    await write([turned])
    expect(await run()).toMatchObject({ code: 0 })
    await write([{ ...turned, expect: { ends: 'noPlan', sip: 486 } }])
    expect((await run()).out).toMatch(/sip\n +expected {2}486\n +got {7}404/)
  })

  test('what of a script was not used: before what is wrong with a case that fails, and after one that passes', async () => {
    const given = { digits: ['1'], webhooks: {}, destinations: { '2166': 'answered', '215': 'busy' } }
    await write([{ ...known, given, expect: { ends: 'talked' } }])
    const { out } = await run()
    const notes = ['    note: 2166 is never called', '    note: no digits are asked for']
    expect(out).toContain([`  ${known.name}`, ...notes, '    ends', ''].join('\n'))
    // What the script does not say comes last.
    expect(out).toMatch(/ {4}walked .*\n {4}note: the script says nothing of the webhook crm: it is down\n/)
    await write([{ ...known, given, expect: { ends: 'endOfList' } }])
    const passed = await run()
    expect(passed.code).toBe(0)
    expect(passed.out.split('\n').slice(1, 5)).toEqual([`  ${known.name}`, ...notes, ''])
  })

  test('audio that is not as expected is named with the moment at which it was heard', async () => {
    const menu = { type: 'ivr', startMessage: 'busy', choices: { '1': [] }, timeoutSeconds: 5, attempts: 2 }
    const steps = [menu, { type: 'hangup' }]
    await write([{ name: 'twice', call: { did }, expect: { hears: ['busy'] } }], {
      audio: { busy: 'busy.wav' },
      plans: { main: { numbers: [did], steps } },
    })
    expect((await run()).out).toContain('at        main/0 (ivr), 8.00 s')
  })

  test('a value that is longer than a line begins on the line of its name', async () => {
    const url = `https://crm.example/${'1234567890'.repeat(9)}`
    await write([{ ...known, expect: { asks: [{ crm: { url } }] } }])
    const { out } = await run()
    expect(out).toContain(`      expected  ${url.slice(0, 64)}\n                ${url.slice(64)}\n`)
  })

  test('junit for CI', async () => {
    await write([known, { ...busy, name: 'a & "b" <c>\u0001', expect: { ends: 'talked' } }])
    const { code, out } = await run('--reporter', 'junit')
    expect(code).toBe(1)
    expect(out.replace(/time="[\d.]+"/g, 'time="#"')).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="belplan" time="#">
        <testsuite name="./acme.test.json" tests="2" failures="1">
          <testcase classname="./acme.test.json" name="a known caller is shown by name, and the second telephone answers" time="#"/>
          <testcase classname="./acme.test.json" name="a &amp; &quot;b&quot; &lt;c&gt;" time="#">
            <failure message="ends: expected talked, got endOfList">./acme.test.json:62:17 ends: expected talked, got endOfList</failure>
          </testcase>
        </testsuite>
      </testsuites>"
    `)
  })

  test.each([
    ['{', /acme\.test\.json:1:2 /],
    [{ cases: [] }, /\/cases must have 1 to 2000 items/],
    [{ cases: [{ ...known, expects: {} }] }, /expects/],
    [{ cases: [{ ...known, call: {} }] }, /did/],
    [{ cases: [{ ...known, expect: {} }] }, /\/cases\/0\/expect must have at least one entry/],
    [{ cases: [known, known] }, /is the name of case 1 already/],
    [{ cases: [{ ...known, expect: { ends: 'lost' } }] }, /\/cases\/0\/expect\/ends "lost" is not known/],
    [
      { cases: [{ ...known, expect: { ends: 'happily' } }] },
      /\/cases\/0\/expect\/ends "happily" is not known/,
    ],
  ])('a file that cannot be used, %j: 1', async (content, message) => {
    await write(JSON.stringify(content) === '"{"' ? '{' : JSON.stringify(content))
    const { code, out } = await run()
    expect(code).toBe(1)
    expect(out).toMatch(message)
    expect(out).toContain('Files  1, 1 cannot be used')
  })

  test.each([
    [{ call: { did, at: 'tomorrow' } }, '/call/at must be a moment such as "2026-12-24T18:00" or'],
    [
      { call: { did }, given: { webhooks: { crm: { status: 'OK' } } } },
      '/given/webhooks/crm/status "OK" is not known; write "ACK", "NAK" or "ERR"',
    ],
    [
      { call: { did }, given: { webhooks: { crm: ['nak'] } } },
      '/given/webhooks/crm/0 "nak" is not known; did you mean "NAK"?',
    ],
    [
      { call: { did }, given: { webhooks: { crm: { name: 'Jane' } } } },
      '/given/webhooks/crm/name unknown field "name"; did you mean "callername"?',
    ],
    [
      { call: { did }, given: { destinations: { '215': { outcome: 'busy', after: 3 } } } },
      '/given/destinations/215/after unknown field "after"; did you mean "afterSeconds"?',
    ],
  ])('what is wrong with a case is said once: %j', async (wrong, message) => {
    await write([{ ...known, ...wrong }])
    const { out } = await run()
    const said = out.split('\n\n')[0]!.replace(/\n +/g, ' ')
    expect(said).toContain(`/cases/0${message}`)
    expect(said.match(/acme\.test\.json:\d/g)).toHaveLength(1)
  })

  test('a status alone is an answer', async () => {
    await write([{ ...known, given: { webhooks: { crm: ['NAK'] } }, expect: { asks: ['crm'] } }])
    expect(await run()).toMatchObject({ code: 0 })
  })

  test('a number of another document, a server to be asked, and tests of no document: 1', async () => {
    const other = { plans: { main: { numbers: ['+31502100001'], steps: [] } } }
    await writeFile(join(folder, 'other.json'), JSON.stringify(other))
    const asks = {
      name: 'asks',
      call: { did },
      given: { webhooks: { crm: 'ask' } },
      expect: { asks: ['crm'] },
    }
    await write([{ name: 'other', call: { did: '+31502100001' }, expect: { ends: 'talked' } }, asks])
    await writeFile(join(folder, 'gone.test.json'), JSON.stringify({ cases: [busy] }))
    const { code, out } = await run()
    expect(code).toBe(1)
    expect(out).toMatch(/leads to a plan of another document/)
    expect(out).toMatch(/no server is asked here/)
    expect(out).toMatch(/there is no document gone\.json beside these tests/)
  })

  test('a single document, by its own name or by that of its tests', async () => {
    await write([known])
    for (const path of ['acme.json', 'acme.test.json']) {
      const { code, out } = await belplan(['test', path], { cwd: folder })
      expect([code, out.split(' (')[0]]).toEqual([0, '✓ acme.test.json'])
    }
  })

  test('wrong use: 2; no tests: 2; a set that does not validate: 1', async () => {
    await write([known])
    expect(await run('--reporter', 'tap')).toMatchObject({ code: 2 })
    expect(await run('--coverage', '101')).toMatchObject({ code: 2 })
    await rm(join(folder, 'acme.test.json'))
    expect(await run()).toMatchObject({ code: 2, err: expect.stringMatching(/no tests/) as string })
    await write([known], { plans: {} })
    expect(await run()).toMatchObject({ code: 1, err: expect.stringMatching(/does not validate/) as string })
  })

  test('--watch runs them again when a file changes, until it is interrupted', async () => {
    await write([known])
    const out: string[] = []
    let interrupt: () => void = () => undefined
    const done = belplan(['test', '.', '--watch'], {
      cwd: folder,
      out: (line) => void out.push(line),
      signals(listener) {
        interrupt = () => listener('SIGINT')
        return () => undefined
      },
    })
    const ran = (times: number) => () =>
      out.filter((line) => line.startsWith('Files')).length === times ? true : undefined
    await until('the tests have run', ran(1))
    await write([{ ...known, expect: { ends: 'noPlan' } }])
    await until('they have run again', ran(2))
    interrupt()
    expect(await done).toMatchObject({ code: 1 })
    expect(out.join('\n')).toContain('got       talked')
  })
})
