/** Answers the webhooks of all plans in examples/plans, from a "database" in memory: `node examples/webhook-server.ts` */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { text } from 'node:stream/consumers'

const customers = new Map([
  ['+31612345678', { callername: 'Jane Doe, ACME BV', destination: '217' }],
  ['+31687654321', { callername: 'Müller GmbH', destination: '216' }],
])
const pins = new Map([
  ['1234', '+31612345678'],
  ['5678', '+31687654321'],
])
const blocked = new Set(['+31612345600'])
const breaksTheCrm = '+31612345699' // a caller to try a failing webhook with
const numbers = new Map([
  ['+31502100020', '215'],
  ['+31502100021', '216'],
])
const contracts = new Map([['2468', { callername: 'ACME BV, contract 17', destination: '217' }]])
const calls = new Map<string, number>()
interface Hours {
  readonly days: string
  readonly from: number
  readonly to: number
}
const hours = new Map<string, Hours>([
  ['+31502100090', { days: 'Mon Tue Wed Thu Fri', from: 9, to: 17 }],
  ['+31502100091', { days: '', from: 0, to: 0 }],
])

/** What each path answers: a found record (ACK) or none (NAK), a text in the server's own words, or an HTTP status. */
type Reply = Record<string, string> | undefined | string | number
const answers: Record<string, (value: (name: string) => string, last: string, now: Date) => Reply> = {
  crm: (value) => (value('caller') === breaksTheCrm ? 503 : customers.get(value('caller'))),
  'route/caller': (_, caller) => (blocked.has(caller) ? undefined : (customers.get(caller) ?? {})),
  'route/number': (_, did) => (numbers.has(did) ? { destination: numbers.get(did)! } : undefined),
  'route/pin': (value) => customers.get(pins.get(value('pin')) ?? ''),
  contract: (value) => contracts.get(value('code')),
  hours: (value, _, now) => {
    const line = hours.get(value('did'))
    return line && (isOpen(line, now) ? { destination: '215' } : {})
  },
  duty: () => ({ destination: '216' }),
  count: (value) => {
    calls.set(value('number'), (calls.get(value('number')) ?? 0) + 1)
    return `${value('number')} was called ${calls.get(value('number'))} times`
  },
  visits: () => 204,
  missed: () => 204,
  hooks: () => '{"status":"success","id":"0190"}',
}

/** Whether the line is open: on its days, from its first hour to its last, where the office is. */
function isOpen({ days, from, to }: Hours, now: Date): boolean {
  const zone = { timeZone: 'Europe/Amsterdam' } as const
  const day = now.toLocaleString('en', { ...zone, weekday: 'short' })
  const hour = Number(now.toLocaleString('en', { ...zone, hour: '2-digit', hourCycle: 'h23' }))
  return days.includes(day) && hour >= from && hour < to
}

/** The server, not listening yet. `log` gets one line for each request; codes are left out of it. */
export function createWebhookServer(log: (line: string) => void, now = () => new Date()): Server {
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost')
    const values = new Map([...searchParams, ...new URLSearchParams(await text(request))])
    const path = decodeURIComponent(pathname).slice(1)
    const known = Object.entries(answers).find(([prefix]) => `${path}/`.startsWith(`${prefix}/`))
    const reply = known?.[1]((name) => values.get(name) ?? '', path.slice(known[0].length + 1), now())
    const shown = [...values].filter(([name, value]) => value && name !== 'code' && name !== 'pin')
    log([request.method, `/${path}`, ...shown.map((pair) => pair.join('='))].join(' '))
    return known ? reply : 404
  }
  return createServer((request, response) => {
    const send = (reply: Reply) => {
      if (typeof reply === 'number') response.writeHead(reply).end()
      else if (typeof reply === 'string') response.end(reply)
      else
        response.end(new URLSearchParams(reply ? { status: 'ACK', ...reply } : { status: 'NAK' }).toString())
    }
    answer(request).then(send, () => send(400))
  })
}

if (import.meta.main) {
  const server = createWebhookServer(console.log)
  server.listen(8090, '127.0.0.1', () => console.log('webhook server: http://127.0.0.1:8090'))
}
