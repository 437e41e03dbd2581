/** What the files that are shipped must not hold, since everybody can read them, and what they must. */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { findProgram } from '../harness/find-program.ts'

const root = new URL('../../', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, root), 'utf8')
const configuration = globSync('freeswitch/**/*.xml', { cwd: root }).filter(
  (file) => !file.includes('vars.local'),
)
const compose = read('docker-compose.yml')
/** Several machines. */
const machines = read('docker-compose.machines.yml')

describe('no secret is shipped', () => {
  test('every password in FreeSWITCH’s configuration is one that is set or made up', () => {
    const passwords = configuration.flatMap((file) =>
      [
        ...read(file).matchAll(
          /(?:name="[\w-]*password" value=|cmd="[\w-]*set" data="[\w-]*password=)"?([^"]*)"/g,
        ),
      ].map(([, value]) => value!),
    )
    expect(passwords.length).toBeGreaterThan(5)
    // `unused` is the gateway's, which a carrier that knows our address does not ask for.
    const known = passwords.filter(
      (value) =>
        !/^\$\$\{\w+_password\}$|^none-\$\$\{made_up\}$|^\$FREESWITCH_PASSWORD$|^unused$/.test(value),
    )
    expect(known).toEqual([])
  })

  test('nor does one come from the environment by default', () => {
    expect(compose).toContain('FREESWITCH_PASSWORD: ${FREESWITCH_PASSWORD:?')
    for (const file of [compose, machines]) expect(file).not.toContain('PASSWORD:-')
    const passwords = [...machines.matchAll(/\$\{\w*PASSWORD(.*?)\}/g)].map(([, otherwise]) => otherwise)
    expect(passwords.length).toBeGreaterThan(4)
    expect(passwords.filter((otherwise) => !otherwise!.startsWith(':?'))).toEqual([])
  })

  test('and no file names one that everybody knows as a value', () => {
    const files = [
      ...configuration,
      ...globSync('examples/**/*.json', { cwd: root }),
      'docker-compose.yml',
      'docker-compose.machines.yml',
      'Dockerfile',
    ]
    expect(files.filter((file) => /["=]\s*(change-me|ClueCon)\b/.test(read(file)))).toEqual([])
  })
})

describe('what is built on is named by its content', () => {
  test('images', () => {
    const stages = [...read('Dockerfile').matchAll(/^FROM (\S+)(?: AS (\S+))?/gm)]
    const named = new Set(stages.map(([, , name]) => name))
    const images = [
      ...stages.map(([, image]) => image!).filter((image) => !named.has(image)),
      ...[compose, machines]
        .flatMap((file) => [...file.matchAll(/^ +image: (\S+)/gm)])
        .map(([, image]) => image!)
        .filter((image) => image !== 'belplan'),
    ]
    expect(images).toHaveLength(5)
    expect(images.filter((image) => !/@sha256:[0-9a-f]{64}}?$/.test(image))).toEqual([])
    expect(read('Dockerfile')).not.toMatch(/^# *syntax=/m)
  })

  test('actions', () => {
    const used = [...read('.github/workflows/ci.yml').matchAll(/uses: (.*)/g)].map(([, action]) => action!)
    expect(used.length).toBeGreaterThan(3)
    expect(used.filter((action) => !/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([])
  })
})

test('several machines: FreeSWITCH, HAProxy and the controllers name the same addresses', () => {
  const addressOf = (name: string) =>
    new RegExp(`^  ${name}:\\n(?:    .*\\n)*?    networks: .*ipv4_address: ([\\d.]+)`, 'm').exec(
      machines,
    )?.[1]
  const controllers = ['a', 'b', 'c'].map((name) => `${addressOf(`controller-${name}`)}:8084`)
  const haproxy = read('freeswitch/haproxy.cfg')
  expect([...haproxy.matchAll(/^ +server \w+ (\S+)$/gm)].map(([, address]) => address)).toEqual(controllers)
  const [, balancer] = /bind (127\.0\.0\.1:\d+)/.exec(haproxy)!
  for (const [at, name] of ['A', 'B'].entries()) {
    expect(machines).toContain(`BELPLAN_CONTROLLER_${name}: ${balancer}|${controllers[at]}`)
    expect(haproxy).toContain(`belplan_controller_${name.toLowerCase()}=${balancer}|${controllers[at]}`)
  }
  const { freeswitch } = JSON.parse(read('examples/docker/machines.json')) as {
    readonly freeswitch: readonly { readonly name: string; readonly host: string }[]
  }
  expect(freeswitch.map(({ name, host }) => [name, host])).toEqual(
    ['freeswitch-1', 'freeswitch-2'].map((name) => [name, addressOf(name)]),
  )
})

const haproxy = findProgram(['haproxy'], process.env, ['/usr/sbin'])

test.runIf(haproxy)('HAProxy takes freeswitch/haproxy.cfg without a warning', () => {
  const { status, stdout, stderr } = spawnSync(haproxy!, ['-c', '-f', 'freeswitch/haproxy.cfg'], {
    ...{ cwd: root, encoding: 'utf8' },
  })
  expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: 'Configuration file is valid\n' })
})

test.each([
  ['docker-compose.yml', compose, ['freeswitch', 'controller-a', 'controller-b', 'webhook-server']],
  [
    'docker-compose.machines.yml',
    machines,
    [
      'freeswitch-1',
      'freeswitch-2',
      'haproxy-1',
      'haproxy-2',
      'controller-a',
      'controller-b',
      'controller-c',
      'migrate',
      'plans',
      'postgres',
    ],
  ],
])(
  'every container of %s runs as no more than a user, on a file system that it cannot write',
  (_, file, names) => {
    const services = file.slice(file.indexOf('\nservices:'), file.lastIndexOf('\nvolumes:'))
    const hardened = [
      'read_only: true',
      'cap_drop: [ALL]',
      "security_opt: ['no-new-privileges:true']",
      'init: true',
    ]
    const of = (name: string) =>
      new RegExp(`^  ${name}:\\n((?:    .*\\n|\\n)*)`, 'm').exec(`${services}\n`)?.[1] ?? ''
    const shared = file.slice(file.indexOf('x-'), file.indexOf('\nservices:'))
    expect(hardened.filter((line) => !shared.includes(line))).toEqual([])
    for (const name of names)
      expect(of(name)).toMatch(/<<: \*(?:hardened|controller|freeswitch|haproxy|belplan)/)
    const others = [...services.matchAll(/^  ([\w-]+):$/gm)].map(([, name]) => name!)
    expect(
      others.filter((name) => !names.includes(name)).filter((name) => of(name).includes('image')),
    ).toEqual([])
    expect(file).toContain("user: '1000:1000'")
    expect(read('Dockerfile')).toMatch(/^USER node$/m)
  },
)

test('a REFER from a telephone or a carrier sends nobody anywhere', () => {
  for (const profile of ['internal', 'external'])
    expect(read(`freeswitch/sip_profiles/${profile}.xml`)).toContain(
      '<param name="disable-transfer" value="true"/>',
    )
})
