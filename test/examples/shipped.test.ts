/** What the files that are shipped must not hold, since everybody can read them, and what they must. */
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, root), 'utf8')
const configuration = globSync('freeswitch/**/*.xml', { cwd: root }).filter(
  (file) => !file.includes('vars.local'),
)
const compose = read('docker-compose.yml')

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
    expect(compose).not.toContain('FREESWITCH_PASSWORD:-')
  })

  test('and no file names one that everybody knows as a value', () => {
    const files = [
      ...configuration,
      ...globSync('examples/**/*.json', { cwd: root }),
      'docker-compose.yml',
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
      ...[...compose.matchAll(/^ +image: (\S+)/gm)]
        .map(([, image]) => image!)
        .filter((image) => image !== 'belplan'),
    ]
    expect(images).toHaveLength(2)
    expect(images.filter((image) => !/@sha256:[0-9a-f]{64}}?$/.test(image))).toEqual([])
    expect(read('Dockerfile')).not.toMatch(/^# *syntax=/m)
  })

  test('actions', () => {
    const used = [...read('.github/workflows/ci.yml').matchAll(/uses: (.*)/g)].map(([, action]) => action!)
    expect(used.length).toBeGreaterThan(3)
    expect(used.filter((action) => !/^[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([])
  })
})

test('every container runs as no more than a user, on a file system that it cannot write', () => {
  const services = compose.slice(compose.indexOf('\nservices:'), compose.indexOf('\nvolumes:'))
  const hardened = [
    'read_only: true',
    'cap_drop: [ALL]',
    "security_opt: ['no-new-privileges:true']",
    'init: true',
  ]
  const of = (name: string) =>
    new RegExp(`^  ${name}:\\n((?:    .*\\n|\\n)*)`, 'm').exec(`${services}\n`)?.[1] ?? ''
  const shared = compose.slice(compose.indexOf('x-'), compose.indexOf('\nservices:'))
  expect(hardened.filter((line) => !shared.includes(line))).toEqual([])
  for (const name of ['freeswitch', 'controller-a', 'controller-b', 'webhook-server'])
    expect(of(name)).toMatch(/<<: \*(?:hardened|controller)/)
  expect(of('freeswitch')).toContain("user: '1000:1000'")
  expect(read('Dockerfile')).toMatch(/^USER node$/m)
})

test('a REFER from a telephone or a carrier sends nobody anywhere', () => {
  for (const profile of ['internal', 'external'])
    expect(read(`freeswitch/sip_profiles/${profile}.xml`)).toContain(
      '<param name="disable-transfer" value="true"/>',
    )
})
