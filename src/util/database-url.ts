/** The URL of a database, as libpq takes it: it may name several servers, of which the one that can be written to is used. */

/** One server of a URL. */
export interface Server {
  /** The URL with this server alone. */
  readonly url: string
  /** For the log: without user and password. */
  readonly name: string
}

const FORM = /^postgres(?:ql)?:\/\/(?:([^@/]*)@)?([^/?]+)(\/[^?]*)?(?:\?(.*))?$/
const PORT = 5432

/** What is wrong with a URL as written, or undefined. */
export function databaseUrlFault(url: string): string | undefined {
  const [, , hosts, database] = FORM.exec(url) ?? []
  if (hosts === undefined)
    return 'must be a URL such as `postgres://belplan@db.example:5432/belplan`, or `env:NAME`'
  if (database === undefined || database === '/') return 'must name a database, such as `/belplan` at its end'
  for (const server of serversOf(url)) {
    if (!URL.canParse(server.url))
      return 'must name each server as `host` or `host:port`, with commas between'
  }
  return undefined
}

/** Each server that a URL without fault names, in its order. `target_session_attrs` is left out: it is always `read-write`. */
export function serversOf(url: string): Server[] {
  const [, user, hosts = '', database = '', query = ''] = FORM.exec(url)!
  const parameters = new URLSearchParams(query)
  parameters.delete('target_session_attrs')
  const rest = `${database}${parameters.size > 0 ? `?${parameters.toString()}` : ''}`
  return hosts.split(',').map((host) => ({
    url: `postgres://${user === undefined ? '' : `${user}@`}${host}${rest}`,
    name: /:\d+$/.test(host) ? host : `${host}:${PORT}`,
  }))
}
