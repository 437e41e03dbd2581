/** The release after this one, to run beside it: these sources with one migration more. */
import { cp, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { removeFolder } from './remove-folder.ts'

const root = resolve(import.meta.dirname, '../..')

export interface NextRelease {
  /** Its program. */
  readonly main: string
  /** Of its package. */
  readonly version: string
  /** What its `belplan migrate` runs. */
  readonly migration: string
}

export interface NextReleaseOptions {
  /** Whether this release works with the tables of the next one. */
  readonly isHarmful: boolean
}

/** What a later release may do to tables: columns and an index on those that this release writes, and a table that it does not know. */
const CHANGES = `
ALTER TABLE belplan.calls ADD COLUMN site text;
CREATE INDEX calls_by_site ON belplan.calls (site, at);
ALTER TABLE belplan.controllers ADD COLUMN region text NOT NULL DEFAULT 'anywhere';
ALTER TABLE belplan.counts ADD COLUMN site text;
ALTER TABLE belplan.events ADD COLUMN priority smallint NOT NULL DEFAULT 0;
ALTER TABLE belplan.pending ADD COLUMN site text;
ALTER TABLE belplan.revisions ADD COLUMN comment text;
CREATE TABLE belplan.sites (name text PRIMARY KEY);
`

/** Removed when the test ends. */
export async function makeNextRelease({ isHarmful }: NextReleaseOptions): Promise<NextRelease> {
  const folder = await mkdtemp(join(tmpdir(), 'belplan-next-release-'))
  onTestFinished(() => removeFolder(folder))
  const source = (path: string) => join(folder, path)
  await cp(join(root, 'src'), source('src'), { recursive: true })
  await symlink(join(root, 'node_modules'), source('node_modules'))
  const version = '99.0.0'
  await writeFile(source('package.json'), JSON.stringify({ name: 'belplan', version, type: 'module' }))

  const migrations = source('src/postgres/migrations')
  const newest = (await readdir(migrations)).length
  const migration = `${String(newest + 1).padStart(4, '0')}-next`
  await writeFile(
    join(migrations, `${migration}.ts`),
    `import { type Kysely, sql } from 'kysely'
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(${JSON.stringify(CHANGES)}).execute(db)
  await sql.raw('UPDATE belplan.schema_version SET version = ${newest + 1}${isHarmful ? `, works_from = ${newest + 1}` : ''}').execute(db)
}
`,
  )
  await change(source('src/postgres/schema-state.ts'), {
    [`SCHEMA_VERSION = ${newest}`]: `SCHEMA_VERSION = ${newest + 1}`,
  })
  await change(source('src/postgres/migrate.ts'), {
    '/** Roles of': `import * as next from './migrations/${migration}.ts'\n/** Roles of`,
    'Record<string, Migration>> = {': `Record<string, Migration>> = { '${migration}': next,`,
  })
  return { main: source('src/main.ts'), version, migration }
}

async function change(file: string, changes: Readonly<Record<string, string>>): Promise<void> {
  let text = await readFile(file, 'utf8')
  for (const [from, to] of Object.entries(changes)) {
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`)
    text = text.replace(from, to)
  }
  await writeFile(file, text)
}
