/** What a `sendmsg` may consist of: anything else got in through a value that held a line break. */
import type { Command } from './commands.ts'

const KNOWN = new Set([
  'call-command',
  'execute-app-name',
  'execute-app-arg',
  'event-lock',
  'event-uuid',
  'event-uuid-name',
  'content-type',
  'content-length',
  'loops',
  'hangup-cause',
])

/** What is wrong with a message, in words. */
export function checkMessage(command: Command): string[] {
  const faults: string[] = []
  const seen = new Set<string>()
  for (const [name] of command.headers) {
    const lower = name.toLowerCase()
    if (!KNOWN.has(lower)) faults.push(`sendmsg with a header that does not belong there: ${name}`)
    else if (seen.has(lower)) faults.push(`sendmsg with two headers ${name}`)
    seen.add(lower)
  }
  return faults
}
