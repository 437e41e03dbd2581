/** The tests of documents, as files beside them. */
import { fileNameOf, findDocuments, readContents, type DocumentFile } from './folder.ts'

export interface TestFile {
  /** Name of the document that it stands beside, whether there is one or not. */
  readonly document: string
  readonly file: string
  /** The bytes, or why they cannot be read. */
  readonly contents: Uint8Array | string
}

/**
 * Reads the tests of all documents below a folder, or those of a single document; sorted by document.
 * @throws BelplanError `plans` when `path` cannot be read
 */
export async function readTestFiles(path: string, set?: string): Promise<TestFile[]> {
  const { root, tests } = await findDocuments(path, set)
  return readTests(tests, root)
}

/** Of tests that are not on disk. */
export function testFileOf(document: string, contents: Uint8Array): TestFile {
  return { document, file: fileNameOf(document, 'tests'), contents }
}

/** `root` is that of `findDocuments`. */
export async function readTests(tests: readonly DocumentFile[], root: string): Promise<TestFile[]> {
  const files: TestFile[] = []
  for (const { name, file, path } of tests)
    files.push({ document: name, file, contents: await readContents(path, root) })
  return files.sort((a, b) => (a.document < b.document ? -1 : 1))
}
