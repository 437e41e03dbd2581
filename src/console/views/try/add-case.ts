/** A case put behind the others in the text of a file of tests; what is there stays as it is written. */
import { fieldsOf, parsed } from '../../json.ts'
import type { Case } from './case-of.ts'

/** `text` undefined: the file is new. Undefined where the text is no file of tests. */
export function addCase(text: string | undefined, added: Case): string | undefined {
  if (text === undefined) return `${JSON.stringify({ version: 1, cases: [added] }, undefined, 2)}\n`
  const file = read(text)
  if (!file) return undefined
  const wanted = { ...file, cases: [...file.cases, added] }
  return (
    behindTheLast(text, added, file.cases.length === 0, wanted) ?? `${JSON.stringify(wanted, undefined, 2)}\n`
  )
}

/** Names of the cases; undefined where the text is no file of tests. */
export function casesIn(text: string): string[] | undefined {
  return read(text)?.cases.map((one) => String((one as { readonly name?: unknown } | null)?.name))
}

/** `name`, or with a number behind it where there is a case of that name. */
export function freeName(name: string, taken: readonly string[]): string {
  let free = name
  for (let i = 2; taken.includes(free); i++) free = `${name} (${i})`
  return free
}

interface TestFile {
  readonly cases: readonly unknown[]
}

function read(text: string): TestFile | undefined {
  const file = parsed(text)
  return Array.isArray(fieldsOf(file)['cases']) ? (file as TestFile) : undefined
}

/** Where the list of cases is what the file ends with, as people write it; undefined where it is not. */
function behindTheLast(text: string, added: Case, isFirst: boolean, wanted: object): string | undefined {
  const end = /\s*\]\s*\}\s*$/.exec(text)
  if (!end) return undefined
  const own = JSON.stringify(added, undefined, 2).replaceAll('\n', '\n    ')
  const rest = end[0].trimStart()
  const changed = `${text.slice(0, end.index)}${isFirst ? '' : ','}\n    ${own}\n  ${rest}`
  return JSON.stringify(parsed(changed)) === JSON.stringify(wanted) ? changed : undefined
}
