/** All that `evil` does to the controllers: an entry for each, played one after the other. */
import { gzipSync } from 'node:zlib'
import {
  after,
  complete,
  dripping,
  endless,
  filledAs,
  filledWith,
  redirecting,
  type Answer,
} from './answers.ts'

export interface Behaviour {
  /** Also of its plan, and the first part of its webhooks' paths. */
  readonly name: string
  /** To each of 99 questions in a row; absent where the plan asks nothing. */
  readonly answer?: Answer
  /** Of its webhooks. */
  readonly webhook?: Readonly<Record<string, unknown>>
  /** Where they are, by their number; without it at evil's server, each at an address of its own. */
  readonly host?: (index: number) => string
  /** Steps before the questions, and below each of them. */
  readonly first?: readonly object[]
  readonly success?: readonly object[]
  /** Each question below the one before, as deep as a document may be. */
  readonly nested?: true
  /** What the plan does, where it is not 99 questions. */
  readonly steps?: readonly object[]
  /** No more callers than this at one time: each of these calls is many, and FreeSWITCH takes 100 a second. */
  readonly callers?: number
}

/** Numbers that lead to evil's own plan `loop` again, over the operator's routes. */
export const loopNumbers = Array.from({ length: 20 }, (_, i) => `+315022090${String(i).padStart(2, '0')}`)
/** Telephones of evil's that ring and are never answered. */
export const ringing = Array.from({ length: 20 }, (_, i) => `80${String(i).padStart(2, '0')}`)
export const LOOP = 'loop'

const ok = 'HTTP/1.1 200 OK\r\n'
const ack: Answer = (socket) => complete(socket, 'status=ACK')
/** Below a webhook: the name and the number that it returned. */
const toReturned = [
  { type: 'callername', mode: 'webhook' },
  { type: 'bridge', from: 'webhook', ringSeconds: 1 },
]

export const behaviours: readonly Behaviour[] = [
  { name: 'ampersands', answer: filledWith('&') },
  { name: 'pairs', answer: filledWith('a=b&') },
  { name: 'percent signs', answer: filledWith('%61') },
  { name: 'plus signs', answer: filledWith('+') },
  { name: 'deep JSON', answer: filledAs('application/json', '[', ']') },
  { name: 'wide JSON', answer: filledAs('application/json', '{"a":', '}') },
  {
    name: 'chunk extensions',
    answer: endless(`${ok}Transfer-Encoding: chunked\r\n\r\n1;`, 'x'),
  },
  { name: 'zeros of a chunk size', answer: endless(`${ok}Transfer-Encoding: chunked\r\n\r\n`, '0') },
  { name: 'a long reason', answer: endless('HTTP/1.1 200 ', 'x') },
  { name: 'blank lines', answer: endless('', '\r\n') },
  {
    name: 'interim answers',
    answer(socket, asked) {
      socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100))
      ack(socket, asked)
    },
  },
  { name: 'a body without end', answer: endless(`${ok}\r\n`, 'x') },
  { name: 'headers without end', answer: endless(ok, 'X-Evil: 1\r\n') },
  { name: 'short headers without end', answer: endless(ok, 'a:\r\n') },
  { name: 'redirects to new origins', answer: redirecting },
  { name: 'no answer', answer: () => undefined },
  { name: 'a byte a second', answer: dripping(1000) },
  { name: 'closes at once', answer: (socket) => socket.destroy() },
  { name: 'after the deadline', answer: after(3000, ack), webhook: { timeoutSeconds: 2 } },
  {
    name: 'compressed',
    answer(socket) {
      complete(socket, gzipSync(Buffer.alloc(16 * 1024 * 1024)), { headers: 'Content-Encoding: gzip\r\n' })
    },
  },
  {
    name: 'hostile names, and back to itself',
    answer: (socket) =>
      complete(
        socket,
        `status=ACK&destination=${loopNumbers[0]!}&callername=` +
          encodeURIComponent('"\r\nX-Evil: 1\u202e${system id};api_hangup_hook=x'.repeat(200)),
      ),
    success: toReturned,
    callers: 1,
  },
  {
    name: 'answers to be kept',
    answer: (socket) => complete(socket, `status=ACK&x-fill=${'x'.repeat(60_000)}`),
    webhook: { cacheSeconds: 86_400, staleIfErrorSeconds: 604_800 },
  },
  { name: 'questions below one another', answer: ack, nested: true },
  { name: 'dead names', answer: ack, host: (index) => `h${index}.evil.test` },
  { name: 'waiting callers', answer: () => undefined, first: [{ type: 'play', audio: 'short' }] },
  {
    name: 'prompts',
    steps: Array.from({ length: 99 }, () => ({ type: 'play', audio: 'long' })),
  },
  { name: 'ringing', steps: [{ type: 'bridge', destination: ringing, ringSeconds: 300 }], callers: 3 },
  { name: LOOP, steps: [{ type: 'bridge', destination: loopNumbers, ringSeconds: 5 }], callers: 1 },
]

/** The number that leads to a behaviour's plan. */
export const evilDid = (index: number): string => `+3150220${String(index).padStart(4, '0')}`
