/** `belplan schema` */
import type { Command } from 'commander'
import { planSchema } from '../plan/index.ts'
import { caseFileSchema } from '../trial/index.ts'
import type { Io } from './io.ts'

export function addSchema(program: Command, io: Io): void {
  program
    .command('schema')
    .description('prints the JSON Schema of a plan document')
    .option('--tests', 'that of the tests of documents, instead')
    .option('--json', 'on one line')
    .action(({ json, tests }: { json?: boolean; tests?: boolean }) =>
      io.out(JSON.stringify(tests ? caseFileSchema : planSchema, undefined, json ? 0 : 2)),
    )
}
