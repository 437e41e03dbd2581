/** configuration `allowPrivateNetworks`: where webhooks may go. */
import type { LookupAddress } from 'node:dns'
import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createAddressFilter, type AddressFilter } from '../../src/webhook/address-filter.ts'
import { createLookups } from '../../src/webhook/dns.ts'
import { webhookClient, webhookRequest } from './clients.ts'
import { listen, says, web } from './servers.ts'

const special = [
  // this host, loopback
  '0.0.0.0', '0.1.2.3', '127.0.0.1', '127.255.255.254', '::', '::1', '0:0:0:0:0:0:0:1',
  // private, link-local, carrier-grade NAT
  '10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '169.254.0.1', '100.64.0.1', '100.127.255.255',
  'fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1',
  // cloud metadata
  '169.254.169.254', '169.254.170.2', '100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fe80::a9fe:a9fe',
  // multicast, broadcast, documentation, benchmarking, reserved
  '224.0.0.1', '239.255.255.250', '255.255.255.255', 'ff02::1', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1',
  '198.18.0.1', '2001:2::1', '192.0.0.1', '192.88.99.1', '240.0.0.1', '100::1', '2001:10::1', '2001:20::1', '4000::1', '5f00::1',
  // IPv4 in IPv6
  '::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:10.0.0.1', '::127.0.0.1', '::a00:1', '::ffff:0:127.0.0.1',
  '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::8.8.8.8', '64:ff9b:1::1', '2002:7f00:1::', '2002:a00:1::1', '2001:0:7f00:1::1', '2002:808:808::1', '2001:0:808:808::1',
  '2001:4860::5efe:127.0.0.1', '2001:4860::5efe:a00:1', '2a00:1450:4001:1:0:5efe:192.168.1.1', '2a00:1450:4001:1:200:5efe:192.168.1.1', '2a00:1450::200:5efe:8.8.8.8',
  '2a00:1450::100:5efe:a00:1', '2a00:1450::300:5efe:a00:1',
  // other spellings that a resolver may take
  '0x7f.1', '127.1', '2130706433', '0177.0.0.1',
  // no address at all
  '', 'localhost', '127.0.0.1:80', '1.2.3.4.5', ':::', '300.1.1.1',
] // prettier-ignore

test.each(special)('%j is refused', (address) => {
  expect(createAddressFilter([])(address)).toBe(false)
})

test.each([
  '8.8.8.8',
  '1.1.1.1',
  '93.184.216.34',
  '172.32.0.1',
  '100.128.0.1',
  '2606:4700::1111',
  '2a00:1450::1',
  '2a00:1450:4001:1:1:5efe:808:808',
  '2a00:1450:4001:1:5efe:0:808:808',
  '::ffff:8.8.8.8',
])('%j is public', (address) => {
  expect(createAddressFilter([])(address)).toBe(true)
})

test('allowPrivateNetworks lets through what it names and nothing else', () => {
  const isAllowed = createAddressFilter(['10.1.0.0/16', 'fd00::/8', '169.254.169.254'])
  expect(['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '169.254.169.254', '8.8.8.8'].map(isAllowed)).toEqual(
    Array(5).fill(true),
  )
  expect(['10.2.0.1', 'fc00::1', '169.254.169.253', '127.0.0.1', '::1'].map(isAllowed)).toEqual(
    Array(5).fill(false),
  )
})

test.each(['10.0.0.0/33', 'private', '', '10.0.0.0/'])(
  'allowPrivateNetworks: %j is a configuration error',
  (network) => {
    expect(() => createAddressFilter([network])).toThrow(expect.objectContaining({ code: 'config' }))
  },
)

/** URLs and what their host name resolves to; none may end in a connection to loopback. */
const attempts: [url: string, ...addresses: string[]][] = [
  ['http://127.0.0.1:PORT/'], ['http://127.1:PORT/'], ['http://2130706433:PORT/'], ['http://0x7f000001:PORT/'],
  ['http://0x7f.0.0.1:PORT/'], ['http://0177.0.0.1:PORT/'], ['http://017700000001:PORT/'], ['http://127.0.0.1.:PORT/'],
  ['http://0.0.0.0:PORT/'], ['http://0:PORT/'], ['http://[::1]:PORT/'], ['http://[::]:PORT/'], ['http://[0:0:0:0:0:0:0:1]:PORT/'],
  ['http://[::ffff:127.0.0.1]:PORT/'], ['http://[::ffff:7f00:1]:PORT/'], ['http://[::127.0.0.1]:PORT/'], ['http://[64:ff9b::7f00:1]:PORT/'],
  ['http://①②⑦.⓪.⓪.①:PORT/'], ['http://127。0。0。1:PORT/'], ['http://%31%32%37.0.0.1:PORT/'], ['https://127.0.0.1:PORT/'],
  ['http://localhost:PORT/', '127.0.0.1'], ['http://localhost:PORT/', '::1', '127.0.0.1'], ['http://LOCALHOST.:PORT/', '127.0.0.1'],
  ['http://crm.example:PORT/', '127.0.0.1'], ['https://crm.example:PORT/', '127.0.0.1'], ['http://crm.example:PORT/', '0.0.0.0'],
  ['http://crm.example:PORT/', '::ffff:127.0.0.1'], ['http://crm.example:PORT/', '::1'], ['http://crm.example:PORT/', '127.9.9.9'],
  ['http://127.00.0.01:PORT/'], ['http://127.0.1:PORT/'], ['http://0x7f.1:PORT/'], ['http://0x7F000001:PORT/'], ['http://[0::1]:PORT/'], ['http://[::ffff:0:127.0.0.1]:PORT/'],
  ['http://[::FFFF:127.0.0.1]:PORT/'], ['http://[2002:7f00:1::]:PORT/'], ['http://[fe80::1]:PORT/'], ['http://[fd00:ec2::254]:PORT/'], ['http://１２７.０.０.１:PORT/'], ['http://127.0.0.1:PORT/..%2f'],
  ['http://169.254.169.254:PORT/latest/meta-data/'], ['http://2852039166:PORT/'], ['http://0xa9fea9fe:PORT/'], ['http://168.63.129.16:PORT/'], ['http://100.100.100.200:PORT/'], ['http://192.168.1.1:PORT/'],
  ['http://10.0.0.1:PORT/'], ['http://172.16.0.1:PORT/'], ['http://100.64.0.1:PORT/'], ['http://224.0.0.1:PORT/'], ['http://255.255.255.255:PORT/'], ['http://198.18.0.1:PORT/'],
  ['http://metadata.google.internal:PORT/', '169.254.169.254'], ['http://127.0.0.1.nip.example:PORT/', '127.0.0.1'], ['http://crm.example.:PORT/', '127.0.0.1'], ['http://xn--crm-example:PORT/', '::ffff:7f00:1'],
  ['http://crm.example:PORT/', '64:ff9b::7f00:1'], ['http://crm.example:PORT/', '2002:7f00:1::'], ['http://crm.example:PORT/', 'fe80::1'], ['http://crm.example:PORT/', 'fd00::1'],
  ['http://crm.example:PORT/', '169.254.169.254'], ['http://crm.example:PORT/', '100.64.1.1'], ['http://crm.example:PORT/', '192.0.2.1'], ['http://crm.example:PORT/', '10.1.2.3'],
  ['https://crm.example:PORT/', '::1'], ['https://crm.example:PORT/', '8.8.8.8', '::1'],
  ['http://crm.example:PORT/', '203.0.113.7', '127.0.0.1'], ['http://crm.example:PORT/', '127.0.0.1', '8.8.8.8'], ['http://crm.example:PORT/', '8.8.8.8', '127.0.0.1'],
] // prettier-ignore

describe('without allowPrivateNetworks', () => {
  let server: Server
  let connections = 0
  beforeAll(() => {
    server = createServer((socket) => {
      connections++
      socket.destroy()
    })
  })
  afterAll(() => {
    expect(connections).toBe(0)
  })

  test.each(attempts)('%s resolving to %s %s connects nowhere', async (template, ...addresses) => {
    const port = await listen(server)
    const resolve = () =>
      Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))
    const { send } = webhookClient({ allowPrivateNetworks: [] }, { resolve })
    const answer = await send(webhookRequest(template.replace('PORT', String(port)), { timeoutSeconds: 1 }))
    expect(answer).toMatchObject({
      status: 'ERR',
      source: 'none',
      error: expect.stringMatching(
        /^address .* is not allowed: not public, nor in webhooks\.allowPrivateNetworks or its owner's privateNetworks$/,
      ) as string,
    })
    expect(connections).toBe(0)
  })
})

test('a name whose address changes between two requests is checked for each connection', async () => {
  const server = await web((_, response) =>
    response.writeHead(200, { connection: 'close' }).end('status=ACK'),
  )
  const answers = ['127.0.0.1', '127.0.0.2', '127.0.0.1']
  const { send } = webhookClient(
    { allowPrivateNetworks: ['127.0.0.1'] },
    { resolve: () => Promise.resolve([{ address: answers.shift() ?? '', family: 4 }]) },
  )
  const url = `http://crm.example:${new URL(server.url).port}/`
  expect(await send(webhookRequest(url))).toMatchObject({ status: 'ACK' })
  expect(await send(webhookRequest(url))).toMatchObject({
    status: 'ERR',
    error:
      "address 127.0.0.2 is not allowed: not public, nor in webhooks.allowPrivateNetworks or its owner's privateNetworks",
  })
  expect(await send(webhookRequest(url))).toMatchObject({ status: 'ACK' })
})

test('a refused address is no failure of the server: the circuit stays closed', async () => {
  const { send, stats } = webhookClient({
    allowPrivateNetworks: [],
    breaker: { failureRate: 0.5, minimum: 1, windowSeconds: 30, openSeconds: 10 },
  })
  for (let i = 0; i < 3; i++)
    expect(await send(webhookRequest('http://10.0.0.1/', { retries: 3 }))).toMatchObject({ tries: 1 })
  expect(stats()).toMatchObject([
    { document: 'acme', origin: 'http://10.0.0.1', circuit: 'closed', inFlight: 0, queued: 0 },
  ])
})

test('with a proxy every request goes through it, and literal addresses are checked all the same', async () => {
  const proxied: string[] = []
  const target = await web(says('status=ACK'))
  const proxy = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (head: Buffer) => {
      proxied.push(head.toString().split('\r\n')[0] ?? '')
      const absolute = head.toString().startsWith('GET http://crm.example/')
      socket.write(
        absolute ? 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nstatus=ACK' : 'HTTP/1.1 200 OK\r\n\r\n',
      )
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nstatus=ACK'))
    })
    onTestFinished(() => void socket.destroy())
  })
  const { send } = webhookClient({
    allowPrivateNetworks: [],
    proxy: `http://127.0.0.1:${await listen(proxy)}`,
  })
  expect(await send(webhookRequest('http://crm.example/'))).toMatchObject({ status: 'ACK' })
  expect(await send(webhookRequest(target.url))).toMatchObject({
    status: 'ERR',
    error:
      "address 127.0.0.1 is not allowed: not public, nor in webhooks.allowPrivateNetworks or its owner's privateNetworks",
  })
  expect(proxied).toHaveLength(1)
  expect(target.requests).toEqual([])
})

describe('a resolver that does not answer', () => {
  const [theirs, ours] = [
    { address: '192.0.32.8', family: 4 },
    { address: '10.0.0.1', family: 4 },
  ]

  /** Answers once and then hangs. */
  function stuckAfterOne(answer: LookupAddress, isAllowed: AddressFilter = () => true) {
    let asked = 0
    const resolve = () =>
      asked++ === 0 ? Promise.resolve([answer]) : new Promise<LookupAddress[]>(() => undefined)
    const lookUp = createLookups(resolve, 10)('acme', isAllowed)
    return (name: string) =>
      new Promise((done) => lookUp(name, { all: true }, (error, addresses) => done(error ?? addresses)))
  }

  test('does not delay names that it answered before', async () => {
    const lookUp = stuckAfterOne(theirs)
    expect(await lookUp('crm.example')).toEqual([theirs])
    expect(await lookUp('crm.example')).toEqual([theirs])
  })

  test('never leads to an address that is not allowed, however old its answer', async () => {
    let allowed = true
    const lookUp = stuckAfterOne(ours, () => allowed)
    expect(await lookUp('crm.example')).toEqual([ours])
    allowed = false
    expect(await lookUp('crm.example')).toMatchObject({ code: 'ADDRESS_REFUSED' })
  })

  test('does not displace the last answer of a document for any number of names of another', async () => {
    let isSlow = false
    const resolve = (name: string) =>
      isSlow && name === 'crm.example'
        ? new Promise<LookupAddress[]>(() => undefined)
        : Promise.resolve([theirs])
    const lookups = createLookups(resolve, 10)
    const lookUp = (document: string, name: string) =>
      new Promise((done) =>
        lookups(document, () => true)(name, { all: true }, (error, found) => done(error ?? found)),
      )
    await lookUp('acme', 'crm.example')
    for (let i = 0; i < 10_001; i++) await lookUp('evil', `${i}.example`)
    isSlow = true
    expect(await lookUp('acme', 'crm.example')).toEqual([theirs])
  })
})

describe('a name with many addresses', () => {
  const addresses = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ address: `192.0.33.${i}`, family: 4 }))

  /** What node:net is handed, and how many addresses were judged for it. */
  function lookUp(
    count: number,
    isAllowed: AddressFilter = () => true,
  ): Promise<{ result: unknown; judged: number }> {
    let judged = 0
    const lookup = createLookups(() => Promise.resolve(addresses(count)), 10)('acme', (address) => {
      judged++
      return isAllowed(address)
    })
    return new Promise((done) =>
      lookup('crm.example', { all: true }, (error, found) => done({ result: error ?? found, judged })),
    )
  }

  test('is refused before anybody looks at them', async () => {
    expect(await lookUp(33)).toMatchObject({ result: { code: 'TOO_MANY_ADDRESSES' }, judged: 0 })
  })

  test('of 32 all are judged, and eight are tried', async () => {
    expect(await lookUp(32)).toEqual({ result: addresses(8), judged: 32 })
    const last = await lookUp(32, (address) => address !== '192.0.33.31')
    expect(last.result).toMatchObject({ code: 'ADDRESS_REFUSED' })
  })

  test('64 requests at one time fail with that, and take little CPU time', async () => {
    // Whatever is wrong here, none of them is connected to: the last is not allowed.
    const many = Array.from({ length: 6000 }, (_, i) => ({
      address: `127.7.${i >> 8}.${i & 255}`,
      family: 4,
    }))
    const resolve = () => Promise.resolve([...many, { address: '10.0.0.1', family: 4 }])
    const { send } = webhookClient({ maxConcurrent: 64, maxConcurrentPerDocument: 64 }, { resolve })
    const began = process.cpuUsage()
    const answers = await Promise.all(
      Array.from({ length: 64 }, () => send(webhookRequest('http://crm.example/', { timeoutSeconds: 5 }))),
    )
    const { user, system } = process.cpuUsage(began)
    expect(new Set(answers.map(({ error }) => error))).toEqual(
      new Set(['the host name has more than 32 addresses']),
    )
    expect((user + system) / 1000).toBeLessThan(400)
  })
})
