/** The process that knows the database for a controller's plans: nothing of a call waits for it. */
import { createFormReader } from '../plan/index.ts'
import { connect } from '../postgres/index.ts'
import {
  logAtController as log,
  notAnswered,
  sayToController,
  superviseMe,
} from '../util/supervised-process.ts'
import { createFollower, type Follower } from './follower.ts'
import { type LocalCopy, openLocalCopy } from './local-copy.ts'
import type { OwnFromPlans, ToPlans } from './messages.ts'

interface Running {
  readonly follower: Follower
  close(): Promise<void>
}

superviseMe<ToPlans | { readonly say: 'close' }, Running>({
  name: 'the process for plans',

  start({ url, data, defaultCountry, grants, serving }) {
    const db = connect({ url, name: 'plans' })
    const reader = createFormReader({ ...(defaultCountry !== undefined && { defaultCountry }) })
    let opened: LocalCopy | undefined
    let readable: LocalCopy | undefined
    const copy = (): LocalCopy => {
      // A controller with the same folder found it broken.
      if (opened?.isAnother()) {
        for (const one of [opened, readable]) one?.close()
        opened = readable = undefined
      }
      return (opened ??= openLocalCopy({ data, reader }))
    }
    const follower = createFollower({
      ...{ db, copy, serving, defaultCountry, grants, log },
      reader() {
        // That one makes it where it is not there.
        copy()
        return (readable ??= openLocalCopy({ data, reader, readOnly: true }))
      },
      tell: (message: OwnFromPlans) => sayToController(message),
    })
    return {
      follower,
      async close() {
        follower.close()
        await db.destroy()
        readable?.close()
        opened?.close()
      },
    }
  },

  take(message, { follower }) {
    switch (message.say) {
      case 'took':
        follower.took(message.id)
        return notAnswered
      case 'file':
        return follower.file(message.part, message.name)
      case 'publish':
        return follower.publish(message.file, message.by)
      case 'rollback':
        return follower.rollback(message.revision)
      case 'reload':
        return follower.reload()
      case 'newest':
        return follower.newest()
      case 'bring':
        return follower.bring(message.id, message.revision, message.base)
      case 'revisions':
        return follower.revisions()
      case 'compare':
        return follower.compare(message.from, message.to, message.documents)
      case 'content':
        return follower.content(message.revision, message.documents, message.after)
    }
  },

  close: ({ close }) => close(),
})
