/** src/freeswitch, the inbound link. Its tests stand here, since test/freeswitch plays calls on a real FreeSWITCH. */
import { pino } from 'pino'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openLink, type CallEnd, type Link, type LinkOptions } from '../../src/freeswitch/link.ts'
import { fakeFreeSwitch, type Behaviour, type FakeFreeSwitch } from './fake-freeswitch.ts'

const uuid = '3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49'
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  while (open.length > 0) await open.pop()!.close()
})

const peer = async (behaviour?: Behaviour): Promise<FakeFreeSwitch> => {
  const made = await fakeFreeSwitch(behaviour)
  open.push(made)
  return made
}

function link(port: number, more: Partial<LinkOptions> = {}) {
  const lines: string[] = []
  const ends: CallEnd[] = []
  const log = pino({}, { write: (line: string) => void lines.push(line) })
  const made: Link = openLink({
    name: 'a',
    host: '127.0.0.1',
    port,
    password: 'ClueCon',
    belplanNode: '1',
    log,
    retryMs: 5,
    replyMs: 300,
    onEnd: (end) => ends.push(end),
    ...more,
  })
  open.push(made)
  const connected = () => vi.waitFor(() => expect(made.state().connected).toBe(true), { interval: 5 })
  return { made, ends, lines, connected }
}

const hangUp = (more: Record<string, string> = {}) => ({
  'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
  'Unique-ID': uuid,
  'Hangup-Cause': 'NORMAL_CLEARING',
  'Caller-Channel-Bridged-Time': '1795361994204565',
  'Caller-Channel-Hangup-Time': '1795362042414900',
  variable_belplan_node: '1',
  ...more,
})

test('api the state of FreeSWITCH and its version', async () => {
  const { made, connected, lines } = link((await peer()).port)
  expect(made.state()).toMatchObject({ connected: false })
  await connected()
  expect(made.state()).toEqual({
    connected: true,
    version: 'FreeSWITCH Version 1.11.2 (test)',
    since: expect.stringMatching(/^\d{4}-.*Z$/) as string,
  })
  expect(lines.join('')).not.toContain('ClueCon')
})

test('operations the end of a call that was released is reported, and no other channel is subscribed to', async () => {
  const freeswitch = await peer()
  const { ends, connected } = link(freeswitch.port)
  await connected()
  await freeswitch.event(hangUp({ variable_belplan_node: '2', 'Unique-ID': 'other' }))
  await freeswitch.event({
    'Event-Name': 'CHANNEL_EXECUTE_COMPLETE',
    'Unique-ID': uuid,
    variable_belplan_node: '1',
  })
  await freeswitch.event(hangUp())
  await freeswitch.event(hangUp({ 'Caller-Channel-Bridged-Time': '0', 'Hangup-Cause': 'ORIGINATOR_CANCEL' }))
  await vi.waitFor(() => expect(ends).toHaveLength(2), { interval: 5 })
  expect(ends).toEqual([
    { id: uuid, cause: 'NORMAL_CLEARING', talkMs: 48210, freeswitch: 'a' },
    { id: uuid, cause: 'ORIGINATOR_CANCEL', freeswitch: 'a' },
  ])
  expect(freeswitch.commands).toContain('nixevent CHANNEL_EXECUTE_COMPLETE CUSTOM')
})

test('operations the end of a conversation says what was recorded of it, in the very event that tells the end', async () => {
  const freeswitch = await peer()
  const { ends, connected } = link(freeswitch.port)
  await connected()
  const file = '/recordings/acme/x.wav'
  const events = [
    { variable_record_ms: '48000', variable_record_completion_cause: 'success-silence' },
    { variable_record_completion_cause: 'uri-failure' },
    { variable_record_ms: '1200', variable_record_completion_cause: 'uri-failure' },
    { variable_record_ms: '0', variable_record_completion_cause: 'empty-file' },
    {},
  ]
  for (const more of events) await freeswitch.event(hangUp({ ...more, variable_belplan_recording: file }))
  // Nobody talked, and nothing was to be recorded.
  await freeswitch.event(hangUp({ variable_belplan_recording: file, 'Caller-Channel-Bridged-Time': '0' }))
  await freeswitch.event(hangUp({ variable_record_ms: '48000' }))
  await vi.waitFor(() => expect(ends).toHaveLength(7), { interval: 5 })
  expect(ends.map(({ recording }) => recording)).toEqual([
    { file, ms: 48000 },
    { file, failed: 'uri-failure' },
    { file, ms: 1200, failed: 'uri-failure' },
    { file, failed: 'empty-file' },
    { file, failed: 'not-started' },
    undefined,
    undefined,
  ])
})

test('queries whether a channel exists', async () => {
  const { made, connected } = link((await peer({ channels: [uuid] })).port)
  await connected()
  expect(await made.exists(uuid)).toBe(true)
  expect(await made.exists(uuid.replace('3a', '3b'))).toBe(false)
})

test('an id that is no UUID is sent nowhere', async () => {
  const freeswitch = await peer()
  const { made, connected } = link(freeswitch.port)
  await connected()
  expect(await made.exists(`${uuid}\n\nbgapi system touch /tmp/x`)).toBe(false)
  expect(freeswitch.commands.filter((line) => line.includes('uuid_exists'))).toEqual([])
})

test('without FreeSWITCH it says why, and queries are rejected', async () => {
  const freeswitch = await peer()
  await freeswitch.close()
  const { made, lines } = link(freeswitch.port)
  await vi.waitFor(() => expect(made.state().error).toBe('ECONNREFUSED'), { interval: 5 })
  await expect(made.exists(uuid)).rejects.toMatchObject({ code: 'disconnected' })
  const said = lines.filter((line) => line.includes('no link'))
  expect(said.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ freeswitch: 'a' }])
})

test('it tells one start of FreeSWITCH from another', async () => {
  const [first, second] = ['c0de0000-0000-4000-8000-00000000000a', 'c0de0000-0000-4000-8000-00000000000b']
  const freeswitch = await peer({ core: first })
  const { made, connected } = link(freeswitch.port)
  await connected()
  expect(await made.isStill(first)).toBe(true)
  await freeswitch.close()
  await vi.waitFor(() => expect(made.state()).toMatchObject({ connected: false }), { interval: 5 })
  await expect(made.isStill(first)).rejects.toMatchObject({ code: 'disconnected' })
  await peer({ port: freeswitch.port, core: second })
  await connected()
  expect([await made.isStill(first), await made.isStill(second)]).toEqual([false, true])
  expect([first, second, uuid].map((core) => made.knows(core))).toEqual([true, true, false])
})

test('it comes back after FreeSWITCH did, with its filters', async () => {
  const freeswitch = await peer()
  const connectedAgain = vi.fn()
  const { made, ends, connected } = link(freeswitch.port, { onConnected: connectedAgain })
  await connected()
  await freeswitch.close()
  await vi.waitFor(() => expect(made.state()).toMatchObject({ connected: false }), { interval: 5 })
  const again = await peer({ port: freeswitch.port })
  await connected()
  expect(connectedAgain).toHaveBeenCalledTimes(2)
  expect(again.commands).toContain('filter variable_belplan_node 1')
  await again.event(hangUp())
  await vi.waitFor(() => expect(ends).toHaveLength(1), { interval: 5 })
})

test('a connection that is cut and made again unnoticed has its filters, too', async () => {
  const freeswitch = await peer()
  const { connected } = link(freeswitch.port)
  await connected()
  const filters = () => freeswitch.commands.filter((line) => line === 'filter variable_belplan_node 1').length
  const before = filters()
  freeswitch.crash()
  await freeswitch.until(() => filters() > before)
  await connected()
})

test('a wrong password is said, and is not tried without a pause', async () => {
  const freeswitch = await peer({ password: 'other' })
  const { made } = link(freeswitch.port, { retryMs: 50 })
  await vi.waitFor(() => expect(made.state().error).toContain('password'), { interval: 5 })
  const [tries, start] = [freeswitch.connections, performance.now()]
  await freeswitch.until(() => freeswitch.connections >= tries + 3)
  // 50, 100 and 200 ms, the first of which may have begun before.
  expect(performance.now() - start).toBeGreaterThan(290)
  expect(made.state().connected).toBe(false)
})

test("a refusal by FreeSWITCH's access list is said", async () => {
  const { made } = link((await peer({ rude: true })).port)
  await vi.waitFor(() => expect(made.state().error).toContain('access list'), { interval: 5 })
})

test('a FreeSWITCH that says nothing more is no link', async () => {
  const freeswitch = await peer()
  const { made, connected } = link(freeswitch.port, { keepAliveMs: 20, replyMs: 100 })
  await connected()
  freeswitch.hang()
  await vi.waitFor(() => expect(made.state()).toMatchObject({ connected: false }), { interval: 5 })
})

describe('what is no event socket', () => {
  const event = (size: number) => {
    const body = JSON.stringify({ 'Event-Name': 'HEARTBEAT', padding: 'x'.repeat(size) })
    return `Content-Length: ${body.length}\nContent-Type: text/event-json\n\n${body}`
  }

  test.each([
    ['a header block without an end', '', 'x'.repeat(65_536), 'a header block is longer than 65536 bytes'],
    ['a body of 4 GB', 'Content-Type: text/event-json\nContent-Length: 4000000000\n\n', 'x'.repeat(65_536), 'a body of 4000000000 bytes is longer than 1048576'],
    ['a reply of 1 GB', 'Content-Type: command/reply\nContent-Length: 1000000000\n\n', 'x'.repeat(65_536), 'a body of 1000000000 bytes is longer than 1048576'],
    ['a length that is none', 'Content-Length: 1e9\n\n', 'x'.repeat(65_536), 'a Content-Length is not a number'],
    ['endless frames of no kind', '', 'a: b\n\n'.repeat(10_000), 'a frame of no known type'],
    ['endless replies', '', 'Content-Type: command/reply\nReply-Text: +OK\n\n'.repeat(1000), 'a reply that nobody waits for'],
    ['the password, again and again', '', 'Content-Type: auth/request\n\n'.repeat(1000), 'the password is asked for again'],
    ['an event that is no JSON', 'Content-Type: text/event-json\nContent-Length: 2\n\n{x', event(10), 'an event is no JSON'],
    ['an event that is no object', 'Content-Type: text/event-json\nContent-Length: 4\n\nnull', event(10), 'an event has no name'],
    ['an event of another name', 'Content-Type: text/event-json\nContent-Length: 41\n\n{"Event-Name": "freeswitch_auth_request"} ', event(10), 'an event has no name'],
  ])('%s: the link is told off, little is kept, and it is tried again', async (_, head, piece, why) => {
    const freeswitch = await peer({ channels: [uuid] })
    const { made, connected, lines } = link(freeswitch.port)
    await connected()
    const before = freeswitch.connections
    // What was taken is all that can have been kept: nothing beyond what the kernel holds on both sides.
    expect(await freeswitch.pour(head, piece)).toBeLessThan(32 * 1024 * 1024)
    await freeswitch.until(() => freeswitch.connections > before)
    await connected()
    expect(await made.exists(uuid)).toBe(true)
    expect(lines.join('')).toContain(`FreeSWITCH broke the protocol of the event socket: ${why}`)
  }) // prettier-ignore

  test.each([
    ['small', 20],
    ['usual', 8_000],
    ['large', 500_000],
  ])('events without end, %s ones: everything else has its turn', async (_, size) => {
    const freeswitch = await peer()
    const { connected } = link(freeswitch.port)
    await connected()
    let [last, longestMs] = [performance.now(), 0]
    const look = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last)
      last = performance.now()
    }, 1)
    const frame = event(size)
    await freeswitch.pour('', frame.repeat(Math.ceil(65_536 / frame.length)), 64 * 1024 * 1024)
    clearInterval(look)
    expect(longestMs).toBeLessThan(100)
  })
})

test('an event that comes in any two pieces is read', async () => {
  const freeswitch = await peer()
  const { ends, connected } = link(freeswitch.port)
  await connected()
  for (const cut of [1, 20, 45, 46, 47, 48, 49, 50, 51, 60]) await freeswitch.event(hangUp(), cut)
  await vi.waitFor(() => expect(ends).toHaveLength(10), { interval: 5 })
})

test.each(['-ERR no reply', ''])(
  'operations %j is neither a Core-UUID nor the end of a call',
  async (response) => {
    const silent = link((await peer({ core: response })).port)
    await silent.made.attempted
    expect(silent.made.state()).toMatchObject({
      connected: false,
      error: `global_getvar core_uuid: ${response}`,
    })
    const { made, connected } = link((await peer({ exists: response })).port)
    await connected()
    await expect(made.exists('3a8a7ee0-ded3-4ffa-bc0a-e1d3d2d5af49')).rejects.toMatchObject({
      code: 'disconnected',
    })
  },
)

test('operations whether a module is loaded is asked', async () => {
  const { made, connected } = link((await peer()).port)
  await connected()
  expect(await made.hasModule('mod_callcenter')).toBe(false)
  expect(await made.hasModule('mod_sofia')).toBe(true)
})
