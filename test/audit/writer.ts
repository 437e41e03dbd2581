/** Writes lines to an audit from a process of its own: DATA CONTROLLER COUNT. */
import { openAudit } from '../../src/audit/audit.ts'

const [data = '', name = '', count = '0'] = process.argv.slice(2)
const audit = openAudit({
  data,
  controller: () => name,
  log: { error: () => (process.exitCode = 1) },
})
for (let n = 0; n < Number(count); n++) {
  const documents = Array.from({ length: 30 }, (_, i) => `north/${name}-${i}-${'x'.repeat(80)}`)
  await audit.write({ token: `t${n}`, what: 'reload', documents, to: '5f0c3a9be214', outcome: 'changed' })
}
