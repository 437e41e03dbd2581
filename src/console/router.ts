/** The address: `/console/VIEW/REST?QUERY#HASH`. Each thing that can be looked at has one, which can be sent to others. */
import { signal } from '@preact/signals'
import { inPath } from './api/client.ts'

const BASE = '/console/'

export interface Place {
  /** Such as `plans`; empty: the start. */
  readonly view: string
  /** What follows the view, decoded: `north/acme` in `/console/plans/north/acme`. */
  readonly rest: string
  readonly query: URLSearchParams
  /** Decoded, without `#`. */
  readonly hash: string
}

export const place = signal(placeOf(location))

/** The address of a place in the console. */
export function hrefTo(
  view: string,
  {
    rest = '',
    query,
    hash = '',
  }: { rest?: string; query?: Readonly<Record<string, string>>; hash?: string } = {},
): string {
  const path = rest === '' ? '' : `/${inPath(rest)}`
  const asked = new URLSearchParams(query).toString()
  return `${BASE}${view}${path}${asked && `?${asked}`}${hash && `#${encodeURI(hash)}`}`
}

/** Goes there. `replace`: the way back does not lead here, as with each letter that is typed into a search. */
export function go(href: string, { replace = false } = {}): void {
  const url = new URL(href, location.href)
  if (replace) history.replaceState(null, '', url)
  else history.pushState(null, '', url)
  place.value = placeOf(url)
}

/** Links of the console change the place without loading the page. */
export function followLinks(): void {
  addEventListener('popstate', () => (place.value = placeOf(location)))
  addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    if (link.target !== '' || link.hasAttribute('download')) return
    if (link.origin !== location.origin || !link.pathname.startsWith(BASE)) return
    // Within the page the browser moves the focus itself, and `popstate` follows.
    if (link.pathname === location.pathname && link.search === location.search && link.hash !== '') return
    event.preventDefault()
    go(link.href)
  })
}

function placeOf({ pathname, search, hash }: Pick<URL, 'pathname' | 'search' | 'hash'>): Place {
  const [view = '', ...rest] = pathname.slice(BASE.length).split('/').map(decoded)
  return { view, rest: rest.join('/'), query: new URLSearchParams(search), hash: decoded(hash.slice(1)) }
}

/** Somebody may have typed it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
