// Takes events of belplan's calls. Try it: node events.mjs 9000
// SECRET: the webhook's signingSecret; ORIGIN: scheme, host and port as they stand in urlTemplate.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

const { SECRET = '', ORIGIN } = process.env
/** Ids that were taken, with the time: an event may come twice. Your database, with a unique index, does it for good. */
const taken = new Map()
const DAY_MS = 24 * 3600_000

/** What to do with an event. Where it throws, the event comes again. */
async function take({ event, callid, callerid, outcome = '' }) {
  console.log(`${callid} ${event} ${callerid} ${outcome}`)
}

/** Whether the request is what belplan signed, and not older than five minutes. */
function signed(headers, url, body) {
  const timestamp = headers['webhook-timestamp'] ?? ''
  if (!/^\d+$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false
  const key = SECRET.startsWith('whsec_') ? Buffer.from(SECRET.slice(6), 'base64') : SECRET
  const content = `${headers['webhook-id']}.${timestamp}.POST ${url}\n${body}`
  const expected = Buffer.from(`v1,${createHmac('sha256', key).update(content).digest('base64')}`)
  return (headers['webhook-signature'] ?? '').split(' ').some((signature) => {
    const given = Buffer.from(signature)
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

const server = createServer(async (request, response) => {
  // As it came: what is parsed and written again has another signature.
  const body = await text(request)
  const url = (ORIGIN ?? `http://${request.headers.host}`) + request.url
  if (SECRET && !signed(request.headers, url, body)) return response.writeHead(401).end()
  try {
    const event = JSON.parse(body)
    if (!taken.has(event.id)) await take(event)
    taken.set(event.id, Date.now())
    response.writeHead(204).end()
  } catch (error) {
    console.error(error)
    response.writeHead(500).end()
  }
})
setInterval(() => {
  for (const [id, at] of taken) if (Date.now() - at > DAY_MS) taken.delete(id)
}, 60_000)
server.listen(Number(process.argv[2] ?? 9000), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`)
})
