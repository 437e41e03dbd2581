/** A process that takes a person out of what is kept of calls here, since somebody asked for that on another machine. */
import { personOf } from '../plan/index.ts'
import { forgetPerson } from './forget-person.ts'
import type { ForgetAnswer, ForgetOrder } from './forget-behind.ts'

process.umask(0o027)
process.once('message', ({ data, number, country }: ForgetOrder) => {
  const counts = { records: 0, waiting: 0, events: 0 }
  const answer = (told: ForgetAnswer) => process.send?.(told, () => process.disconnect())
  forgetPerson(data, personOf(number, country ?? undefined), counts).then(
    ({ left }) => answer({ counts, left }),
    (error: unknown) => answer({ counts, left: [], fault: (error as Error).message }),
  )
})
