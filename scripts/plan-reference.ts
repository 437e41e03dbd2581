/**
 * Writes docs/plan-reference.md, docs/plan.schema.json, docs/event.schema.json and docs/plan-tests.schema.json from the schemas; with --check writes nothing and
 * exits 1 when one of them is not what would be written.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventSchema } from '../src/call/index.ts'
import { planSchema } from '../src/plan/schema.ts'
import { caseFileSchema } from '../src/trial/index.ts'
import { renderReference } from './render-reference.ts'

const docs = join(import.meta.dirname, '../docs')
const wanted = {
  'plan-reference.md': renderReference(planSchema),
  'plan.schema.json': `${JSON.stringify(planSchema, null, 2)}\n`,
  'event.schema.json': `${JSON.stringify(eventSchema, null, 2)}\n`,
  'plan-tests.schema.json': `${JSON.stringify(caseFileSchema, null, 2)}\n`,
}

const stale: string[] = []
for (const [name, text] of Object.entries(wanted)) {
  const file = join(docs, name)
  const there = await readFile(file, 'utf8').catch(() => undefined)
  if (there === text) continue
  stale.push(`docs/${name}`)
  if (!process.argv.includes('--check')) await writeFile(file, text)
}

if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`${stale.join(' and ')} must be written anew: node scripts/plan-reference.ts`)
  process.exitCode = 1
} else {
  console.log(stale.length > 0 ? `written: ${stale.join(', ')}` : 'the plan reference is up to date')
}
