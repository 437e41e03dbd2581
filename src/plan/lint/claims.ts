/** Errors where a document claims what the operator did not grant to it. */
import { type JsonObject, type Path, type Report } from '../../json/index.ts'
import type { DocumentGrants, Grants } from '../grants.ts'
import { toE164 } from '../numbers/index.ts'
import { definitionIfKnown, destinationsIn } from '../step-definitions.ts'
import { numberPath, type NumberUse } from './numbers.ts'
import { outline } from './outline.ts'

/** `document` is as in the file, and perhaps not valid; `uses` are its number patterns. */
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
    definitionIfKnown(step)?.claimErrors?.(step, path, granted, report)
    destinationErrors(step, path, granted, country, report)
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

function destinationErrors(
  step: JsonObject,
  path: Path,
  { destinations }: DocumentGrants,
  country: string | undefined,
  report: Report,
): void {
  if (destinations === undefined) return
  for (const [at, destination] of destinationsIn(step)) {
    const number = toE164(destination, country) ?? destination
    if (destinations.some((pattern) => pattern.test(number))) continue
    report(
      [...path, ...at],
      `"${destination}" is not granted to this document; correct it, or have the operator add it to its destinations in owners`,
    )
  }
}
