/** A case put behind the others in the text of a file of tests; what is there stays as it is written. */
import { applyEdits, modify, parseTree, findNodeAtLocation } from 'jsonc-parser'
import type { Case } from './case-of.ts'

const LAYOUT = { tabSize: 2, insertSpaces: true } as const

/** `text` undefined: the file is new. Undefined where the text is no file of tests. */
export function addCase(text: string | undefined, added: Case): string | undefined {
  if (text === undefined || text.trim() === '')
    return `${JSON.stringify({ version: 1, cases: [added] }, undefined, 2)}\n`
  const cases = casesIn(text)
  if (cases === undefined) return undefined
  const edits = modify(text, ['cases', cases.length], added, {
    isArrayInsertion: true,
    formattingOptions: LAYOUT,
  })
  return applyEdits(text, edits)
}

/** Names of the cases; undefined where the text is no file of tests. */
export function casesIn(text: string): string[] | undefined {
  const tree = parseTree(text)
  const cases = tree && findNodeAtLocation(tree, ['cases'])
  if (cases?.type !== 'array') return undefined
  return (cases.children ?? []).map((one) => String(findNodeAtLocation(one, ['name'])?.value ?? ''))
}

/** `name`, or with a number behind it where there is a case of that name. */
export function freeName(name: string, taken: readonly string[]): string {
  let free = name
  for (let i = 2; taken.includes(free); i++) free = `${name} (${i})`
  return free
}
