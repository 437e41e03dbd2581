/** Errors where a document claims what the operator did not grant to it. */
import { toE164 } from '../numbers/index.ts'
import { transferGrant, type DocumentGrants, type Grants } from '../grants.ts'
import { numberPath, type NumberUse } from './document.ts'
import { type JsonObject, type Path, type Report, suggest } from '../../json/index.ts'
import { outline } from './outline.ts'

/** `document` is as in the file, and perhaps not valid; `uses` are its entries of `numbers`. */
export function claimErrors(
  document: JsonObject,
  name: string,
  uses: readonly NumberUse[],
  grants: Grants,
  country: string | undefined,
  report: Report,
): void {
  const domain = typeof document.domain === 'string' ? document.domain : undefined
  if (domain !== undefined) domainError(domain, name, grants, report)
  numberErrors(uses, name, domain, grants.owners, report)
  const granted = grants.of(name)
  for (const { step, path } of outline(document)) {
    if (step.type === 'transfer') transferError(step, path, granted, report)
    if (step.type === 'bridge') destinationErrors(step, path, granted, country, report)
  }
}

/** The end of a sentence about something that is not this document's. */
export function whose(owner: string | undefined): string {
  return owner === undefined
    ? 'take it out, or have the operator add it to owners'
    : `by owners in the configuration it is that of "${owner}"; take it out`
}

function domainError(domain: string, name: string, { owners }: Grants, report: Report): void {
  if (owners === undefined || owners.mayUseDomain(name, domain)) return
  report(
    ['domain'],
    `the domain "${domain}" is not granted to this document: ${whose(owners.ofDomain(domain))}`,
  )
}

function numberErrors(
  uses: readonly NumberUse[],
  name: string,
  domain: string | undefined,
  owners: Grants['owners'],
  report: Report,
): void {
  if (owners === undefined) return
  for (const use of uses) {
    if (owners.mayTake(name, use.pattern, domain)) continue
    const owner = owners.ofNumber(use.pattern)
    report(numberPath(use), `"${use.written}" is not granted to this document: ${whose(owner)}`)
  }
}

function transferError(step: JsonObject, path: Path, { transfers }: DocumentGrants, report: Report): void {
  const { destination, context } = step
  if (typeof destination !== 'string' || (context !== undefined && typeof context !== 'string')) return
  const found = transferGrant(destination, context, transfers)
  if (!('refused' in found)) return
  const contexts = [...new Set(transfers.map((grant) => grant.context))]
  const isUnknown = context !== undefined && !contexts.includes(context)
  const near = isUnknown ? suggest(context, contexts) : ''
  const instead = near || '; correct it, or have the operator grant it in transferContexts or owners'
  report([...path, isUnknown ? 'context' : 'destination'], found.refused + instead)
}

function destinationErrors(
  step: JsonObject,
  path: Path,
  { destinations }: DocumentGrants,
  country: string | undefined,
  report: Report,
): void {
  if (destinations === undefined) return
  const isList = Array.isArray(step.destination)
  const written: unknown[] = isList ? (step.destination as unknown[]) : [step.destination]
  written.forEach((destination, i) => {
    if (typeof destination !== 'string') return
    const number = toE164(destination, country) ?? destination
    if (destinations.some((pattern) => pattern.test(number))) return
    const at = [...path, 'destination', ...(isList ? [i] : [])]
    report(
      at,
      `"${destination}" is not granted to this document; correct it, or have the operator add it to its destinations in owners`,
    )
  })
}
