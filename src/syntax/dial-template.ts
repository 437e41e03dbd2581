/**
 * Dial templates: the operator's text for one endpoint of FreeSWITCH, such as `user/{destination}@{domain}`. Leg
 * variables in front of it can run commands (`api_on_originate`), so there are none: the controller sets what is needed.
 */
const PLACEHOLDER = /\{(destination|domain|[1-9])\}/g

/** Telephones, trunks, and `error` for a refusal; others run applications, or pick up calls of somebody else. */
const ENDPOINTS = ['sofia', 'user', 'group', 'verto.rtc', 'skinny', 'freetdm', 'error']

/**
 * `endpoint/rest`, without blanks, quotes, `$ \ , | < > [ ] { }`. A loopback has an extension and a context and no
 * more: `app=` in place of the one runs applications, and so may a dialplan behind the other (mod_loopback.c,
 * channel_outgoing_channel).
 */
const ENDPOINT = new RegExp(
  `^(?:(?:${ENDPOINTS.join('|').replace('.', '\\.')})/[A-Za-z0-9_.:;=@/+*#~%-]{1,500}|loopback/[A-Za-z0-9_.+*#-]{1,64}/[A-Za-z0-9_.-]{1,64})$`,
)

/** What is wrong with a template, to stand behind its name and to say what to write instead; undefined: nothing. */
export function dialTemplateFault(template: string): string | undefined {
  if (/\$\{|\$\$/.test(template)) return 'must not hold `${` or `$$`, which FreeSWITCH would expand'
  if (/[^\x20-\x7e]/.test(template)) return 'must be printable ASCII on one line'
  const unknown = template.match(/\{[^{}]*\}/g)?.find((text) => text.replace(PLACEHOLDER, '') !== '')
  if (unknown !== undefined)
    return `has the unknown placeholder ${unknown}; write {destination}, {domain} or {1} to {9}`
  const bare = template.replace(PLACEHOLDER, '0')
  if (/[{}[\]<>]/.test(bare)) return 'must be endpoints only, without {…}, […] or <…> variables in front'
  // `:_:` separates attempts of their own (switch_ivr_originate.c, switch_ivr_enterprise_originate).
  if (ENDPOINT.test(bare) && !bare.includes(':_:')) return undefined
  return `must read like sofia/gateway/carrier/{destination}: one endpoint of ${ENDPOINTS.join(', ')} or loopback/EXTENSION/CONTEXT, no blanks, quotes, commas, brackets, $, | or \\`
}

/** The numbers of the groups that a template has placeholders for. */
export function groupsIn(template: string): number[] {
  return Array.from(template.matchAll(PLACEHOLDER), ([, name]) => Number(name)).filter(Number.isInteger)
}

/** The template with each placeholder replaced; `valueOf` gets `destination`, `domain` or `1` to `9`. */
export function fillDialTemplate(template: string, valueOf: (placeholder: string) => string): string {
  return template.replace(PLACEHOLDER, (_, name: string) => valueOf(name))
}
