/** docs/webhooks.md, "Time": which names are looked up where. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createLookups, createResolver } from '../../src/webhook/dns.ts'
import { webhookClient, webhookRequest } from './clients.ts'
import { says, web } from './servers.ts'

const A = 1
const AAAA = 28

/** Of a name: its addresses (IPv4 ones as four numbers), `none`, `nowhere` (NXDOMAIN), or nothing at all: no answer. */
type Zone = (name: string) => number[][] | 'none' | 'nowhere' | undefined

/** A name server in small (RFC 1035, section 4). */
async function nameServer(zone: Zone) {
  const asked: string[] = []
  const socket = createSocket('udp4', (query, { port, address }) => {
    let end = 12
    const labels: string[] = []
    for (let length = query[end]!; length > 0; length = query[end]!) {
      labels.push(query.toString('latin1', end + 1, end + 1 + length))
      end += 1 + length
    }
    end++
    const name = labels.join('.')
    const type = query.readUInt16BE(end)
    asked.push(`${name} ${type}`)
    const found = zone(name)
    if (found === undefined) return
    const addresses = Array.isArray(found) && type === A ? found : []
    const head = Buffer.from(query.subarray(0, 12))
    head.writeUInt16BE(found === 'nowhere' ? 0x8183 : 0x8180, 2)
    head.writeUInt16BE(addresses.length, 6)
    head.writeUInt32BE(0, 8)
    const answers = addresses.map((four) => Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, 0, 0, 4, ...four]))
    socket.send(Buffer.concat([head, query.subarray(12, end + 4), ...answers]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return { server: `127.0.0.1:${socket.address().port}`, asked }
}

async function file(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'belplan-hosts-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'hosts')
  await writeFile(path, text)
  return path
}

const loopback: Zone = (name) => (name.startsWith('dead') ? undefined : [[127, 0, 0, 1]])

test('§3 eight names whose name server is dead delay nobody else, nor their own later ones', async () => {
  const { server } = await nameServer(loopback)
  const { url } = await web(says('status=ACK'))
  const { port } = new URL(url)
  const { send } = webhookClient(
    {},
    { resolve: createResolver({ servers: [server], hosts: await file('') }) },
  )
  const left = new AbortController()
  const dead = Array.from({ length: 8 }, (_, i) =>
    send(webhookRequest(`http://dead${i}.example:${port}/`, { timeoutSeconds: 10 }, { signal: left.signal })),
  )
  const from = performance.now()
  const bank = webhookRequest(`http://crm.bank.example:${port}/`, {}, { document: 'bank' })
  expect(await send(bank)).toMatchObject({ status: 'ACK' })
  expect(performance.now() - from).toBeLessThan(500)
  left.abort()
  expect(await Promise.all(dead)).toMatchObject(Array(8).fill({ error: 'caller gone' }))
})

test('§3 a name server that does not answer costs a request the 2 s of a connection', async () => {
  const { server } = await nameServer(() => undefined)
  const { send } = webhookClient(
    {},
    { resolve: createResolver({ servers: [server], hosts: await file('') }) },
  )
  const from = performance.now()
  expect(await send(webhookRequest('http://dead.example/', { timeoutSeconds: 10 }))).toMatchObject({
    error: 'connection timed out',
  })
  expect(performance.now() - from).toBeLessThan(4000)
})

test('a name that is nowhere, and one without an address, is not found', async () => {
  const { server } = await nameServer((name) => (name === 'none.example' ? 'none' : 'nowhere'))
  const { send } = webhookClient(
    {},
    { resolve: createResolver({ servers: [server], hosts: await file('') }) },
  )
  for (const host of ['none.example', 'nowhere.example'])
    expect(await send(webhookRequest(`http://${host}/`))).toMatchObject({ error: 'host name not found' })
})

test('a refused query says nothing about the name', async () => {
  const { server } = await nameServer(() => undefined)
  const closed = createResolver({ servers: [server.replace(/\d+$/, '1')], hosts: await file('') })
  const { send } = webhookClient({}, { resolve: closed })
  expect(await send(webhookRequest('http://crm.example/'))).toMatchObject({
    error: 'name server does not answer',
  })
})

test('the hosts file counts first, whatever the case and with a dot at the end, and is read again', async () => {
  const { server, asked } = await nameServer(loopback)
  const hosts = await file(
    '# a remark\n127.0.0.2\tcrm.example CRM2.example # another\n::1 crm.example\nnonsense x.example\n',
  )
  const resolve = createResolver({ servers: [server], hosts })
  expect(await resolve('crm.example')).toEqual([
    { address: '127.0.0.2', family: 4 },
    { address: '::1', family: 6 },
  ])
  expect(await resolve('CRM2.EXAMPLE.')).toEqual([{ address: '127.0.0.2', family: 4 }])
  expect(asked).toEqual([])
  expect(await resolve('x.example')).toEqual([{ address: '127.0.0.1', family: 4 }])
  expect(asked.sort()).toEqual([`x.example ${A}`, `x.example ${AAAA}`])

  await writeFile(hosts, '127.0.0.3 crm.example\n')
  await utimes(hosts, 1, 1)
  // It is looked at once a second.
  const from = performance.now()
  while (performance.now() < from + 1010) await new Promise((resolve) => setImmediate(resolve))
  expect(await resolve('crm.example')).toEqual([{ address: '127.0.0.3', family: 4 }])
})

test('names without a dot and localhost are resolved by the system, never by a name server', async () => {
  const { server, asked } = await nameServer(loopback)
  const resolve = createResolver({ servers: [server], hosts: await file('') })
  expect(await resolve('localhost')).toContainEqual({ address: '127.0.0.1', family: 4 })
  for (const name of ['localhost.', 'crm.localhost', 'no-such-host'])
    await resolve(name).catch(() => undefined)
  expect(asked).toEqual([])
})

test('a name with a dot at the end is queried as it is', async () => {
  const { server, asked } = await nameServer(loopback)
  const resolve = createResolver({ servers: [server], hosts: await file('') })
  expect(await resolve('crm.example.')).toEqual([{ address: '127.0.0.1', family: 4 }])
  expect(asked).toContain(`crm.example ${A}`)
})

test('an answer is not kept in the resolver: a name that moved is found where it is', async () => {
  let last = 1
  const { server } = await nameServer(() => [[127, 0, 0, last++]])
  const resolve = createResolver({ servers: [server], hosts: await file('') })
  expect(await resolve('crm.example')).toEqual([{ address: '127.0.0.1', family: 4 }])
  expect(await resolve('crm.example')).not.toEqual([{ address: '127.0.0.1', family: 4 }])
})

test('queries that continue when their request has ended are counted: one document cannot have any number', async () => {
  const asked: string[] = []
  const over: (() => void)[] = []
  const lookUp = createLookups((name) => {
    asked.push(name)
    return new Promise((resolve) => over.push(() => resolve([{ address: '192.0.32.8', family: 4 }])))
  }, 2)
  const find = (document: string, name: string) =>
    new Promise((done) => lookUp(document, () => true)(name, { all: true }, (error) => done(error?.code)))
  const first = [find('evil', '1.example'), find('evil', '2.example'), find('evil', '2.example')]
  expect(await find('evil', '3.example')).toBe('TOO_MANY_LOOKUPS')
  const bank = find('bank', '4.example')
  expect(asked).toEqual(['1.example', '2.example', '4.example'])
  over.forEach((answer) => answer())
  expect(await Promise.all([...first, bank])).toEqual([undefined, undefined, undefined, undefined])
  const later = find('evil', '3.example')
  over.at(-1)!()
  expect(await later).toBeUndefined()
})
