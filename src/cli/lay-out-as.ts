import { layOut } from '../json/index.ts'
import { isTestFile, planSchema } from '../plan/index.ts'
import { caseFileSchema } from '../trial/index.ts'

/** The text of a document or of its tests, as the name of the file says, laid out. */
export function layOutAs(file: string, text: string): Promise<string> {
  return layOut(text, isTestFile(file) ? caseFileSchema : planSchema)
}
