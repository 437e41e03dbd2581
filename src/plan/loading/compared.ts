/** Plan sets as they are compared: those on disk, and those that were kept. */
import { join } from 'node:path'
import { isObject } from '../../json/index.ts'
import { BelplanError } from '../../util/errors.ts'
import type { ComparedDocument } from '../diff/index.ts'
import type { PlanDocument } from '../document.ts'
import type { LintOptions } from '../lint/index.ts'
import { openRevisions, type Revisions } from '../revisions/index.ts'
import { canonicalOf, type Checker, createChecker, formIn, type ValidDocument } from './check-document.ts'
import { PlanSetError } from './plan-set-error.ts'
import { loadSet } from './load-set.ts'

type CompareOptions = Pick<LintOptions, 'defaultCountry'>

export function comparedDocument({ name, canonical, served, uses }: ValidDocument): ComparedDocument {
  return {
    name,
    form: formIn(name, canonical).toString(),
    read: () => ({ document: JSON.parse(served.text) as PlanDocument, uses }),
  }
}

/**
 * The documents of a folder, or a single one. What the operator grants is not looked at.
 * @throws PlanSetError when it does not validate, BelplanError `plans` when it cannot be read
 */
export async function readSet(path: string, options: CompareOptions): Promise<ComparedDocument[]> {
  const { documents, errors, warnings } = await loadSet(path, options)
  if (errors.length > 0) throw new PlanSetError(path, errors, warnings)
  return documents.map(comparedDocument)
}

/**
 * The documents of a revision that was kept in `data`; undefined when it is not there. `read` of one throws
 * BelplanError `plans` where this program cannot read it any more.
 */
export function readRevision(
  data: string,
  revision: string,
  options: CompareOptions,
): Promise<ComparedDocument[] | undefined> {
  return comparedRevision(openRevisions(join(data, 'revisions')), revision, options)
}

/** A document as it was published; `read` throws as that of `readRevision` does. */
export function comparedBody(
  name: string,
  body: string,
  { defaultCountry }: { readonly defaultCountry?: CompareOptions['defaultCountry'] | undefined },
): ComparedDocument {
  const value = JSON.parse(body) as unknown
  return comparedValue(name, value, checkerOf({ defaultCountry }), 'the database')
}

/** As `readRevision`. */
export async function comparedRevision(
  revisions: Revisions,
  revision: string,
  { defaultCountry }: CompareOptions,
): Promise<ComparedDocument[] | undefined> {
  const pairs = await revisions.read(revision)
  const checker = checkerOf({ defaultCountry })
  return pairs?.map(([name, value]) => comparedValue(name, value, checker, `revision ${revision}`))
}

/** `options` may have more, which is not looked at. */
const checkerOf = ({
  defaultCountry,
}: {
  readonly defaultCountry: CompareOptions['defaultCountry'] | undefined
}): Checker => createChecker(defaultCountry === undefined ? {} : { defaultCountry })

/** `of`: where it is, for an error. */
function comparedValue(name: string, value: unknown, checker: Checker, of: string): ComparedDocument {
  return {
    name,
    form: isObject(value) ? formIn(name, canonicalOf(name, value)).toString() : '',
    read() {
      const restored = checker.restore(name, value)
      if (restored === undefined) throw unreadable(of, name)
      return comparedDocument(restored as ValidDocument).read()
    },
  }
}

function unreadable(of: string, name: string): BelplanError {
  const why = 'it is of another version, which has other limits'
  return new BelplanError('plans', `the document ${name} of ${of} cannot be read: ${why}`)
}
