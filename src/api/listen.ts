import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { BelplanError } from '../util/errors.ts'

/** Opens the API's port and returns the one really had. Throws BelplanError('listen') that names it. */
export async function listenApi(
  api: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<number> {
  try {
    await api.listen({ host, port })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be bound: ${message}`
    throw new BelplanError('listen', `port ${port} on ${host} (api.port) ${why}`, [], error)
  }
  return (api.server.address() as AddressInfo).port
}
