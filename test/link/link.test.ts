import { pino } from 'pino'
import { afterEach, expect, test, vi } from 'vitest'
import type { ConversationEnd } from '../../src/freeswitch/conversation-end.ts'
import { openLink, type Link, type LinkOptions } from '../../src/freeswitch/link.ts'
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
  const ends: ConversationEnd[] = []
  const log = pino({}, { write: (line: string) => void lines.push(line) })
  const made: Link = openLink({
    host: '127.0.0.1', port, password: 'ClueCon', node: '1', log, retryMs: 5, watchMs: 5, replyMs: 300,
    onEnd: (end) => ends.push(end), ...more,
  }) // prettier-ignore
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

test('controller §3 the state of FreeSWITCH and its version', async () => {
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

test('controller §6 the end of a call that was let go is told, and no other channel is listened to', async () => {
  const freeswitch = await peer()
  const { ends, connected } = link(freeswitch.port)
  await connected()
  freeswitch.event(hangUp({ variable_belplan_node: '2', 'Unique-ID': 'other' }))
  freeswitch.event({
    'Event-Name': 'CHANNEL_EXECUTE_COMPLETE',
    'Unique-ID': uuid,
    variable_belplan_node: '1',
  })
  freeswitch.event(hangUp())
  freeswitch.event(hangUp({ 'Caller-Channel-Bridged-Time': '0', 'Hangup-Cause': 'ORIGINATOR_CANCEL' }))
  await vi.waitFor(() => expect(ends).toHaveLength(2), { interval: 5 })
  expect(ends).toEqual([
    { id: uuid, cause: 'NORMAL_CLEARING', talkMs: 48210 },
    { id: uuid, cause: 'ORIGINATOR_CANCEL' },
  ])
  expect(freeswitch.commands).toContain('nixevent CHANNEL_EXECUTE_COMPLETE CUSTOM')
})

test('asks whether a channel exists', async () => {
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

test('without FreeSWITCH it says why, and cannot be asked', async () => {
  const freeswitch = await peer()
  await freeswitch.close()
  const { made, lines } = link(freeswitch.port)
  await vi.waitFor(() => expect(made.state().error).toBe('ECONNREFUSED'), { interval: 5 })
  await expect(made.exists(uuid)).rejects.toMatchObject({ code: 'disconnected' })
  expect(lines.filter((line) => line.includes('no link'))).toHaveLength(1)
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
  again.event(hangUp())
  await vi.waitFor(() => expect(ends).toHaveLength(1), { interval: 5 })
})

test('a connection cut and made again behind our back has its filters, too', async () => {
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
  const { made } = link(freeswitch.port, { retryMs: 200 })
  await vi.waitFor(() => expect(made.state().error).toContain('password'), { interval: 5 })
  const [tries, start] = [freeswitch.connections, performance.now()]
  // A client that is ended may have one connection on its way.
  await freeswitch.until(() => freeswitch.connections > tries + 5)
  expect(performance.now() - start).toBeGreaterThan(150)
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
