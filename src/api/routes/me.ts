/** `/me`: what the client may do, for pages that show what one may do and nothing else. */
import type { FastifyInstance } from 'fastify'
import { rights } from '../../config/index.ts'
import { errors, object, text, texts } from '../schemas.ts'

const me = {
  summary: 'Who asks, and what that token may do',
  response: {
    200: object(
      {
        name: text,
        right: { enum: rights },
        documents: { ...texts, description: 'Patterns of the documents that it holds for; absent: all.' },
        version: { ...text, description: 'Of belplan.' },
        needsToken: { type: 'boolean', description: 'False: whoever asks from this machine is answered.' },
      },
      ['documents'],
    ),
    ...errors(),
  },
}

export function meRoutes(server: FastifyInstance, about: { version: string; needsToken: boolean }): void {
  server.get(
    '/me',
    { schema: me, config: { access: { right: 'read', concerns: 'nothing' } } },
    ({ client: { name, right, limited, documents } }) => ({
      ...{ name, right },
      ...(limited && { documents }),
      ...about,
    }),
  )
}
