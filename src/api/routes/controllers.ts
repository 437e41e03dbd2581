/** `/controllers`: which controllers there are, and which revision each serves. */
import type { FastifyInstance } from 'fastify'
import type { ListedControllers } from '../../sharing/index.ts'
import { errors, list, object, text } from '../schemas.ts'

const schema = {
  summary: 'The controllers of all machines, and which revision each serves',
  description:
    'With a database, those that were seen in the last day, by any controller, as the database had them a second ago or when it answered last. Else the one that answers.',
  response: {
    200: object({
      shared: { type: 'boolean', description: 'false: there is no database' },
      controllers: list(
        object({
          name: { ...text, description: 'Host and port of its event socket, as in records.' },
          version: text,
          revision: text,
          ready: { type: 'boolean', description: 'As `/readyz` says, or said last.' },
          state: {
            enum: ['lives', 'ended', 'lost'],
            description: '`lost`: nothing was heard of it for 5 s, and it has not said that it ends.',
          },
          startedAt: text,
          seenAt: text,
        }),
      ),
    }),
    ...errors(),
  },
}

export function controllerRoutes(server: FastifyInstance, controllers: () => ListedControllers): void {
  server.get('/controllers', { schema, config: { access: { right: 'read', concerns: 'set' } } }, controllers)
}
