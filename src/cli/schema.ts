/** `belplan schema` */
import type { Command } from 'commander'
import { planSchema } from '../plan/index.ts'
import type { Io } from './io.ts'

export function addSchema(program: Command, io: Io): void {
  program
    .command('schema')
    .description('prints the JSON Schema of a plan document')
    .option('--json', 'on one line')
    .action(({ json }: { json?: boolean }) => io.out(JSON.stringify(planSchema, undefined, json ? 0 : 2)))
}
