// A webhook receiver for belplan. Try it: node receiver.mjs 9000
// SECRET: the webhook's signingSecret; ORIGIN: scheme, host and port as they stand in urlTemplate.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

const NAMES = new Map([['+31612345678', 'Jane Doe (ACME)'], ['+31502100099', 'Müller GmbH']]) // prettier-ignore
const PINS = new Map([['4711', '215'], ['0815', '+31502102544']]) // prettier-ignore
const { SECRET = '', ORIGIN } = process.env

/** What to do with the call. */
function decide(values) {
  const code = values.get('code')
  if (code) return PINS.has(code) ? { status: 'ACK', destination: PINS.get(code) } : { status: 'NAK' }
  const name = NAMES.get(values.get('callerid'))
  return name ? { status: 'ACK', callername: name } : { status: 'NAK' }
}

/** Whether the request is what belplan signed, and not older than five minutes. */
function signed(headers, method, url, body) {
  const timestamp = headers['webhook-timestamp'] ?? ''
  if (!/^\d+$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false
  const key = SECRET.startsWith('whsec_') ? Buffer.from(SECRET.slice(6), 'base64') : SECRET
  const content = `${headers['webhook-id']}.${timestamp}.${method} ${url}\n${body}`
  const expected = Buffer.from(`v1,${createHmac('sha256', key).update(content).digest('base64')}`)
  return (headers['webhook-signature'] ?? '').split(' ').some((signature) => {
    const given = Buffer.from(signature)
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

const server = createServer(async (request, response) => {
  const body = await text(request)
  const url = (ORIGIN ?? `http://${request.headers.host}`) + request.url
  response.setHeader('content-type', 'application/x-www-form-urlencoded; charset=utf-8')
  if (SECRET && !signed(request.headers, request.method, url, body))
    return response.writeHead(401).end('status=ERR')
  // Values of a GET are in the URL, those of a POST in the body.
  const values = new URLSearchParams(request.method === 'POST' ? body : new URL(url).search)
  response.end(new URLSearchParams(decide(values)).toString())
})
server.listen(Number(process.argv[2] ?? 9000), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`)
})
