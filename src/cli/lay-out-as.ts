import { layOut } from '../json/index.ts'
import { isTestFile, planSchema } from '../plan/index.ts'
import { caseFileSchema } from '../trial/index.ts'

/** The text of a document or of its tests, as the name of the file says, laid out. */
export function layOutAs(file: string, text: string): Promise<string> {
  return layOut(text, isTestFile(file) ? caseFileSchema : planSchema)
}

/** File → text of a document and, behind it, of its tests. */
export async function laidOutFiles(
  name: string,
  document: object,
  tests: object,
): Promise<Record<string, string>> {
  const [own, ofTests] = [`${name}.json`, `${name}.test.json`]
  return {
    [own]: await layOutAs(own, JSON.stringify(document)),
    [ofTests]: await layOutAs(ofTests, JSON.stringify(tests)),
  }
}
